/** The kernels (`ICRL_OPS`) or records (`ICRL_RECORDS`) of ops.h: names of arguments by name. */
export function described(list: 'ICRL_OPS' | 'ICRL_RECORDS'): Record<string, string[]>
