import nuke

nuke.pluginAddPath("./gizmos")
nuke.pluginAddPath("./icons")
