from vfx_ai_nuke import menus

menus.add()
