"""An athlete over months: clips that were stored, the soreness diary, what both show. Import from the modules.

``store`` is the file, ``schema`` its tables, ``records`` what stands in them.
"""
