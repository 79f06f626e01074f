/** What is wrong with PTX, a line each. */
export function lookAtPtx(ptx: string): string[]

/** What `ptxas -v` said: what is wrong, and the most registers in one line. */
export function lookAtRegisters(report: string): { wrong: string[]; summary: string }
