import pc from 'picocolors'

/** Text to colored text, by name. */
export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colors if the stream is a terminal that shows them; plain text for files, pipes and continuous
 * integration.
 */
export function colorsOf(stream: { readonly isTTY?: boolean }): Colors {
  return pc.createColors(stream.isTTY === true && pc.isColorSupported)
}
