/*
 * As history.pml, but the private work is in one array that all tasks index by their number: that nobody else touches an
 * entry shows at run time only.
 */
#ifndef SHARED
#define SHARED 3
#endif
#define STEPS 60
#define EVERY (STEPS / SHARED)

int history = 0;
byte own[3];

active [3] proctype task() {
  byte round = 0;
  byte i = 0;
  do
  :: round < SHARED ->
    i = 0;
    do
    :: i < EVERY - 1 -> i++; own[_pid] = i
    :: else -> break
    od;
    history = history * 4 + _pid + 1;
    round++
  :: else -> break
  od
}
