/** A path below an address, whose query stays behind it. */
export function addressBelow(address: string, path: string): string {
  const url = new URL(address)
  const [way, query] = path.split('?')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${way}`
  if (query !== undefined) url.search = url.search === '' ? query : `${url.search}&${query}`
  return url.href
}
