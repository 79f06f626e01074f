import { readFile } from '#node'
import { IcrlError } from '@icrl/core'

/** Reads a JSON file; throws `missing-file` or `corrupt-file` naming it. */
export async function readJson(path: string, remedy: string): Promise<unknown> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new IcrlError(`${path} cannot be read.`, { code: 'missing-file', remedy, cause })
  })
  if (bytes.subarray(0, 12).toString('latin1') === 'version http')
    throw new IcrlError(`${path} is a pointer of Git LFS, not the file itself.`, {
      code: 'corrupt-file',
      remedy: 'Fetch it: git lfs pull, or icrl download.',
    })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON in UTF-8.`, { code: 'corrupt-file', remedy, cause })
  }
}
