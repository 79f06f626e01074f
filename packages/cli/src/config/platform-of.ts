import type { BackendName } from '@icrl/backbone'

/**
 * What a summary says of the machine: the backend and, where it has one, the instruction set its
 * kernels use.
 */
export async function platformOf(
  backend: BackendName,
): Promise<{ readonly backend: string; readonly isa?: string }> {
  if (backend !== 'native-cpu') return { backend }
  const { registerNativeCpu } = await import('@icrl/tfjs-native')
  return { backend, isa: registerNativeCpu().isa }
}
