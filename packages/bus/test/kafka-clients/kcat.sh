#!/bin/sh
# write BROKER TOPIC SETTING KEY... | begin BROKER TOPIC GROUP [earliest]: as the other clients beside this file.
command=$1 broker=$2 topic=$3 setting=$4
shift 4
if [ "$command" = write ]; then
  partitioner=
  [ "$setting" = default ] || partitioner=-Xpartitioner=$setting
  printf '%s:x\n' "$@" | kcat -q -P -b "$broker" -t "$topic" -K : ${partitioner:+"$partitioner"}
else
  exec kcat -q -b "$broker" -c 1 ${1:+-X "auto.offset.reset=$1"} -G "$setting" "$topic"
fi
