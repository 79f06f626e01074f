import { describe, expect, it } from 'vitest'
import { servedEnvironments, serveEnvironment } from './serve-environment.ts'
import { textcraftApp } from './textcraft-app.ts'

describe('serveEnvironment', () => {
  it.each(Object.keys(servedEnvironments))('serves %s by name', async (name) => {
    const server = await serveEnvironment(name)
    const hello = await (await fetch(server.urls[0])).json()
    await server.close()
    expect(hello).toMatch(/^(ok|This is environment (AlfWorld|TextCraft|LMRL-Gym)\.)$/)
  })

  it('closes the household’s sessions only if asked', async () => {
    const close = async (options: { close?: boolean }): Promise<number> => {
      const server = await serveEnvironment('household', options)
      const { status } = await fetch(`${server.urls[0]}/close`, {
        method: 'POST',
        body: '{"id": 0}',
      })
      await server.close()
      return status
    }
    expect([await close({}), await close({ close: true })]).toEqual([404, 200])
  })

  it('serves an app that has been made, and refuses other names', async () => {
    const server = await serveEnvironment(textcraftApp())
    expect(await (await fetch(server.urls[0])).json()).toBe('This is environment TextCraft.')
    await server.close()
    for (const name of ['dance', 'constructor', ''])
      await expect(serveEnvironment(name)).rejects.toThrow(`no environment "${name}"`)
  })
})
