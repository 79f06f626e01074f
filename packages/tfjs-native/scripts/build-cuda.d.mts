/** Fails with all that is wrong with the code for an architecture; resolves to a summary. */
export function checkDeviceCode(nvcc: string, architecture?: number): Promise<string>

/** Compiles for all architectures into `file`, which appears whole or not at all. */
export function buildFatbin(nvcc: string, file: string): Promise<void>

/** Makes build/cuda.fatbin, or the package's in prebuilds/, unless it is there. */
export function buildCuda(options?: { prebuilt?: boolean }): Promise<void>
