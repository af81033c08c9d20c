# Runs gizmos as Nuke would, with the commands of its file format, and prints what came of it as JSON.
# usage: tclsh gizmos.tcl "CLASS CLASS ..." FILE; a class that isn't named is an unknown command.
set classes [lindex $argv 0]
set stack {}
set groups {}
set layers {}
set nodes {}

proc stack {index} {lindex $::stack end-$index}
proc push {node} {lappend ::stack $node}
proc version {args} {}
proc add_layer {layer} {foreach channel [lrange $layer 1 end] {lappend ::layers $channel}}
proc end_group {} {
  if {![llength $::groups]} {error "end_group without a Group"}
  set ::stack [lindex $::groups end 1]
  set ::groups [lrange $::groups 0 end-1]
}

proc text {value} {
  set made ""
  foreach letter [split $value ""] {
    scan $letter %c code
    if {$letter in {\" \\}} {append made \\$letter} elseif {$code < 32} {append made [format \\u%04x $code]} else {append made $letter}
  }
  return "\"$made\""
}
proc texts {values} {
  set made {}
  foreach value $values {lappend made [text $value]}
  return "\[[join $made ,]\]"
}

proc node {class body} {
  if {[llength $body] % 2} {error "$class: a knob without a value"}
  set count 1
  set name $class
  set knobs {}
  set users {}
  foreach {knob value} $body {
    switch -- $knob {
      inputs {set count $value}
      name {set name $value}
      addUserKnob {lappend users [texts $value]}
      default {lappend knobs "\[[text $knob],[text $value]\]"}
    }
  }
  set inputs {}
  if {$class ne "Group"} {
    for {set index 0} {$index < $count} {incr index} {
      if {![llength $::stack]} {error "$class $name: nothing on the stack for input $index"}
      lappend inputs [lindex $::stack end]
      set ::stack [lrange $::stack 0 end-1]
    }
  }
  lappend ::nodes "{\"class\":[text $class],\"name\":[text $name],\"inputs\":[texts $inputs],\"count\":$count,\"within\":[llength $::groups],\"layers\":[texts $::layers],\"knobs\":\[[join $knobs ,]\],\"users\":\[[join $users ,]\]}"
  lappend ::stack $name
  if {$class eq "Group"} {
    lappend ::groups [list $name $::stack]
    set ::stack {}
  }
}
foreach class $classes {proc $class {body} "node $class \$body"}
rename unknown {}
proc unknown {command args} {error "Nuke has no $command"}

set channel [open [lindex $argv 1]]
fconfigure $channel -encoding utf-8
set script [read $channel]
close $channel
fconfigure stdout -encoding utf-8
uplevel #0 $script
if {[llength $groups]} {error "a Group without its end_group"}
puts "\[[join $nodes ,]\]"
