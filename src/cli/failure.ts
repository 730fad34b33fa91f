/**
 * Exit codes, and the one way to end a command early.
 *
 *     0 holds   1 a finding   2 bad usage or input   3 incomplete or vacuous   4 a bug of ours   130 interrupted
 */

/** What the process exits with. */
export const EXIT = {
  holds: 0,
  finding: 1,
  usage: 2,
  incomplete: 3,
  bug: 4,
  interrupted: 130,
} as const;

/** Ends the command: one message for stderr, and the exit code. */
export class CliFailure extends Error {
  override readonly name: string = "CliFailure";
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
