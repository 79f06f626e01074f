import { IcrlError } from '@icrl/core'

/**
 * SHA-256 of a text's UTF-8 bytes, in hexadecimal, by the Web Cryptography API, which Node and
 * browsers have.
 *
 * @throws `unsupported` on a page whose origin is not secure
 */
export async function sha256(text: string): Promise<string> {
  const { subtle } = globalThis.crypto
  if (subtle === undefined)
    throw new IcrlError('crypto.subtle is missing: the page’s origin is not secure.', {
      code: 'unsupported',
      remedy: 'Serve the page over https, or from localhost.',
    })
  const hash = await subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
