/*
 * As history.pml, but the order of the writes is not kept: most histories lead to the same state.
 */
#ifndef SHARED
#define SHARED 4
#endif
#define STEPS 60
#define EVERY (STEPS / SHARED)

byte x = 0;

active [3] proctype task() {
  byte round = 0;
  byte i = 0;
  byte own = 0;
  do
  :: round < SHARED ->
    /* The private steps up to the next shared write as one transition: the most favourable way to say it. */
    d_step { i = 0; do :: i < EVERY - 1 -> i++; own = i :: else -> break od };
    d_step { x = _pid + 1; round++ }
  :: else -> break
  od
}
