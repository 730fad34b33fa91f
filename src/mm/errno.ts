/** Error numbers that modelled calls return, negative as in the kernel. */
export const EPERM = -1;
export const ESRCH = -3;
export const EINTR = -4;
export const EBADF = -9;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EACCES = -13;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const ENODEV = -19;
export const EINVAL = -22;
export const EOVERFLOW = -75;
export const EOPNOTSUPP = -95;

const NAMES: Readonly<Record<number, string>> = {
  [-1]: "EPERM",
  [-3]: "ESRCH",
  [-4]: "EINTR",
  [-9]: "EBADF",
  [-11]: "EAGAIN",
  [-12]: "ENOMEM",
  [-13]: "EACCES",
  [-14]: "EFAULT",
  [-16]: "EBUSY",
  [-17]: "EEXIST",
  [-19]: "ENODEV",
  [-22]: "EINVAL",
  [-75]: "EOVERFLOW",
  [-95]: "EOPNOTSUPP",
};

/** `-ENOMEM` for -12; the number itself when it is not an error. */
export function errnoName(value: number): string {
  return value < 0 ? `-${NAMES[value] ?? -value}` : String(value);
}
