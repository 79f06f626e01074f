import { isIcrlError } from '@icrl/core'
import { NativeUnavailableError } from '@icrl/tfjs-native'
import { expect, it } from 'vitest'

it('isIcrlError knows the error of the native backend, which imports nothing of ours', () => {
  const error = new NativeUnavailableError('No compiler.', 'Install one.')
  expect(isIcrlError(error, 'unavailable')).toBe(true)
  expect(error).toMatchObject({ name: 'NativeUnavailableError', remedy: 'Install one.' })
})
