import type { LoadProgress } from '@icrl/backbone'
import { bytesInWords } from '../config/disk-use.ts'
import { liveLines } from './live-lines.ts'

/** Bytes of weights from which on it is worth saying how far their loading has come. */
const BIG = 1e9

/** Loads weights; a terminal shows how far that is, if they are big, and nothing of it stays. */
export async function loadWithProgress<Loaded>(
  load: (onProgress: (progress: LoadProgress) => void) => Promise<Loaded>,
): Promise<Loaded> {
  const lines = liveLines(process.stderr)
  let shown = ''
  try {
    return await load(({ loaded, total }) => {
      if (total < BIG) return
      const line = `loading weights: ${bytesInWords(loaded)} of ${bytesInWords(total)}`
      if (line !== shown) lines.show([line])
      shown = line
    })
  } finally {
    lines.show([])
    lines.done()
  }
}
