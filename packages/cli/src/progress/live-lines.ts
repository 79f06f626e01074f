import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'

/**
 * Lines at the bottom of a terminal that are replaced whenever they change; printed lines scroll
 * above them.
 */
export interface LiveLines {
  /** Replaces the live lines. */
  show(lines: readonly string[]): void
  /** Prints a line that stays, above the live lines. */
  print(line: string): void
  /** Stops replacing; the last lines stay. */
  done(): void
}

/**
 * Live lines of a stream. If it is not a terminal, only the printed lines are shown.
 *
 * @example
 * import { liveLines } from 'icrl'
 * const lines = liveLines(process.stderr)
 * lines.show(['run a  step 3', 'run b  step 5'])
 * lines.print('run b is done') // stays, above
 * lines.done()
 */
export function liveLines(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number },
): LiveLines {
  let shown: readonly string[] = []
  const clear = (): void => {
    if (shown.length === 0) return
    moveCursor(stream, 0, -shown.length)
    cursorTo(stream, 0)
    clearScreenDown(stream)
    shown = []
  }
  const draw = (lines: readonly string[]): void => {
    for (const line of lines) stream.write(`${cut(line, (stream.columns ?? 80) - 1)}\n`)
    shown = lines
  }
  return {
    show(lines) {
      if (!stream.isTTY) return
      clear()
      draw(lines)
    },
    print(line) {
      const kept = shown
      clear()
      stream.write(`${line}\n`)
      if (stream.isTTY) draw(kept)
    },
    done() {
      shown = []
    },
  }
}

/** Cuts a line to a width, not counting color codes: a line that wraps could not be replaced. */
function cut(line: string, width: number): string {
  let visible = 0
  let out = ''
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\x1b')) out += part
    else {
      out += [...part].slice(0, Math.max(0, width - visible)).join('')
      visible += [...part].length
    }
  }
  return out
}
