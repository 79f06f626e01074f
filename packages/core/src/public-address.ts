/**
 * An address as it may be printed and stored: without user, password, query and fragment, which
 * hold keys. Text that is no web address loses what stands before its last `@`.
 *
 * @example
 * import { publicAddress } from '@icrl/core'
 * publicAddress('https://me:secret@host/v1?key=secret') // 'https://host/v1'
 */
export function publicAddress(address: string): string {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    return address.replace(/^([a-z]*:?\/\/)?.*@/s, '$1').replace(/[?#].*$/s, '')
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
