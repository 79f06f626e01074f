import { expect, it } from 'vitest'
import { publicAddress } from './public-address.ts'

it.each([
  ['http://127.0.0.1:8200/v1', 'http://127.0.0.1:8200/v1'],
  ['https://me:SECRET@host:8443/v1', 'https://host:8443/v1'],
  ['https://SECRET@host/v1', 'https://host/v1'],
  ['https://host/v1?api-version=1&key=SECRET#SECRET', 'https://host/v1'],
  ['ftp://me:SECRET@host/v1', 'ftp://host/v1'],
  ['me:SECRET@host', 'host'],
  ['//me:SECRET@host/x?key=SECRET', '//host/x'],
  ['http://me:SEC/R?ET@', 'http://'],
  ['http://me:SEC?RET@host', 'http://host'],
  ['http://127.0.0.1:36001', 'http://127.0.0.1:36001'],
  ['localhost:36001', 'localhost:36001'],
  ['', ''],
])('shows %s as %s', (address, shown) => {
  expect(publicAddress(address)).toBe(shown)
})
