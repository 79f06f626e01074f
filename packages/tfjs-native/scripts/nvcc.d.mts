/** The command of nvcc: `$NVCC`, that on the path, or PyPI's wheels, installed in the user's cache. */
export function findNvcc(): string
