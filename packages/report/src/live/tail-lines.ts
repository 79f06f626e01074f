import { open } from 'node:fs/promises'

/** What was written to a file since it was last read. */
export interface NewLines {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[]
  /** The file is another or shorter than before: these are its lines from the first one on. */
  readonly isRestarted: boolean
}

const NEWLINE = 0x0a

/**
 * Reads a growing file of lines, each byte once. A half-written last line waits until its newline is
 * there. A file that is not there has no lines.
 *
 * @returns reads what is new
 * @throws the file system's error if a file that is there cannot be read
 */
export function tailLines(file: string): () => Promise<NewLines> {
  let [inode, offset] = [0, 0]
  let rest = Buffer.alloc(0)
  const readNew = async (): Promise<NewLines> => {
    const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    const had = offset > 0
    const begin = (ino: number): void => {
      ;[inode, offset] = [ino, 0]
      rest = Buffer.alloc(0)
    }
    if (!handle) {
      begin(0)
      return { lines: [], isRestarted: had }
    }
    try {
      const { size, ino } = await handle.stat()
      const isRestarted = had && (ino !== inode || size < offset)
      if (isRestarted || !had) begin(ino)
      const bytes = Buffer.alloc(size - offset)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset)
      offset += bytesRead
      const all = Buffer.concat([rest, bytes.subarray(0, bytesRead)])
      const end = all.lastIndexOf(NEWLINE) + 1
      rest = all.subarray(end)
      const text = all.toString('utf8', 0, end)
      return { lines: text.split('\n').filter(Boolean), isRestarted }
    } finally {
      await handle.close()
    }
  }
  let queue: Promise<unknown> = Promise.resolve()
  return () => {
    const found = queue.then(readNew)
    queue = found.catch(() => undefined)
    return found
  }
}
