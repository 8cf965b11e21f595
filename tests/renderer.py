"""Whether virtual runners can be rendered on this machine."""

from __future__ import annotations


def renderer_missing() -> str:
    """Why nothing can be rendered here; empty if it can."""
    try:
        import moderngl  # noqa: PLC0415

        moderngl.create_context(standalone=True, backend="egl").release()
    except Exception as error:
        return f"no moderngl with EGL: {error}"
    return ""
