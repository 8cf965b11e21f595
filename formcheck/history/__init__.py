"""An athlete over months: stored clips, the soreness diary, and what both show. Import from the modules.

``store`` is the file, ``schema`` its tables, ``records`` their content.
"""
