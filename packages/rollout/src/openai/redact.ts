/** Shorter values are no secrets, and words like any other. */
const SHORTEST = 5

/** Replaces secrets in text that is printed or stored. */
export type Redact = (text: string) => string

/** @param secrets keys, passwords, values of headers */
export function redactor(secrets: readonly string[]): Redact {
  const hidden = secrets
    .flatMap((secret) => [secret, secret.replace(/^\w+ /, '')])
    .filter(({ length }) => length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text)
}

/** The error itself, or one in its place where its message, a field or a cause has a secret. */
export function redactedCause(cause: unknown, redact: Redact): unknown {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? redact(cause) : cause
  const inner = redactedCause(cause.cause, redact)
  const { message, stack = '' } = cause
  const words = [message, stack, ...Object.values(cause).map(String)]
  if (inner === cause.cause && words.every((text) => redact(text) === text)) return cause
  const shown = new Error(redact(message), { cause: inner })
  shown.stack = redact(stack)
  return shown
}
