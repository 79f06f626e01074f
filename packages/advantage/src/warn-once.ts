const warned = new Set<string>()

/** Says something to whoever runs the program, once a process. */
export function warnOnce(text: string): void {
  if (warned.has(text)) return
  warned.add(text)
  console.warn(text)
}
