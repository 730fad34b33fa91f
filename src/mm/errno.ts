/** Error numbers that modelled calls return, negative as in the kernel. */
export const EINTR = -4;
export const ENOMEM = -12;
export const EFAULT = -14;
export const EINVAL = -22;

const NAMES: Readonly<Record<number, string>> = {
  [-4]: "EINTR",
  [-12]: "ENOMEM",
  [-14]: "EFAULT",
  [-22]: "EINVAL",
};

/** `-ENOMEM` for -12; the number itself when it is not an error. */
export function errnoName(value: number): string {
  return value < 0 ? `-${NAMES[value] ?? -value}` : String(value);
}
