"""What Nuke's gizmos, icons and their pictures for the documentation are made of; `python -m nuke_gizmos` writes them.

A gizmo is a description in a file of its own and one row in `table.GIZMOS`. Nothing here is needed in Nuke.
"""
