/*
 * 3 tasks of STEPS steps each. Every (STEPS / SHARED)-th step of a task writes a shared word, the others work on its own
 * variable. The order of the shared writes is kept in the state, so that no two orders merge.
 */
#ifndef SHARED
#define SHARED 5
#endif
#define STEPS 60
#define EVERY (STEPS / SHARED)

int history = 0;

active [3] proctype task() {
  byte round = 0;
  byte i = 0;
  byte own = 0;
  do
  :: round < SHARED ->
    /* The private steps up to the next shared write as one transition: the most favourable way to say it. */
    d_step { i = 0; do :: i < EVERY - 1 -> i++; own = i :: else -> break od };
    d_step { history = history * 4 + _pid + 1; round++ }
  :: else -> break
  od
}
