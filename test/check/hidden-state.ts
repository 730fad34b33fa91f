/** State of a module that a program under test should not have: for the tests of hidden non-determinism. */
let calls = 0;
export function nextCall(): number {
  return ++calls;
}
