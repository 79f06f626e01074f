import pc from 'picocolors'

/** Text to coloured text, by name. */
export type Colours = ReturnType<typeof pc.createColors>

/**
 * Colours where the stream is a terminal that shows them; plain text into files and pipes,
 * continuous integration included.
 */
export function coloursOf(stream: { readonly isTTY?: boolean }): Colours {
  return pc.createColors(stream.isTTY === true && pc.isColorSupported)
}
