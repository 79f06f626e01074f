import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'

const binary = fileURLToPath(new URL('../bin/icrl.js', import.meta.url))
const start = (...args: string[]): ReturnType<typeof spawn> =>
  spawn(process.execPath, [binary, ...args], { env: { ...process.env, NODE_OPTIONS: '' } })

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-environments-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('icrl play', () => {
  it('plays a task line by line until it is over or given up', async () => {
    const child = start('play', 'maze', '--task', '0')
    let out = ''
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stdin!.end('move up\n\nmove left\n')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
    expect(out).toMatch(/Task 0\.[\s\S]*> [\s\S]*You are in a maze[\s\S]*Given up after 2 turns\./)
  })

  it('plays the shop', async () => {
    const child = start('play', 'shop', '--task', '12')
    let out = ''
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stdin!.end('search[shirt]\n')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
    expect(out).toMatch(
      /Task 12\.[\s\S]*Page 1 \(Total results: \d+\)[\s\S]*Given up after 1 turns/,
    )
  })

  it('names the environments', async () => {
    expect(await icrl('play', 'wordel')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "wordle"?'),
    })
  })
})

describe('icrl serve-env', () => {
  it('says where it listens, answers, and ends on Ctrl-C', async () => {
    const child = start('serve-env', 'textcraft', '--port', '0')
    const url = await new Promise<string>((done) =>
      child.stdout!.on('data', (chunk: Buffer) => done(/READY (\S+)/.exec(chunk.toString())![1])),
    )
    const created = (await (
      await fetch(`${url}/create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
    ).json()) as { observation: string }
    expect(created.observation).toContain('Crafting commands:')
    child.kill('SIGINT')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
  })

  it('speaks OpenEnv’s protocol, and icrl play plays on it', async () => {
    const child = start('serve-env', 'textcraft', '--protocol', 'openenv', '--port', '0')
    const url = await new Promise<string>((done) =>
      child.stdout!.on('data', (chunk: Buffer) => done(/READY (\S+)/.exec(chunk.toString())![1])),
    )
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'healthy' })
    const player = start('play', 'openenv', '--server', url)
    let out = ''
    player.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()))
    player.stdin!.end('inventory\n')
    expect(await new Promise((done) => player.on('exit', done))).toBe(0)
    expect(out).toContain('Inventory: You are not carrying anything.')
    child.kill('SIGINT')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
    const ports = await icrl('serve-env', 'maze', '--protocol', 'openenv', '--ports', '2')
    expect([ports.code, ports.err]).toEqual([2, expect.stringContaining('one port')])
    const items = await icrl('play', 'openenv', '--server', url, '--items', 'x.jsonl')
    expect([items.code, items.err]).toEqual([2, expect.stringContaining('Leave --items out')])
  })
})

describe('icrl env check', () => {
  it('refuses what is no recording, naming the line', async () => {
    const file = join(root, 'games.jsonl')
    await writeFile(file, '{"torn')
    expect(await icrl('env', 'check', 'household', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('corrupt-file'),
    })
    expect(await icrl('env', 'check', 'household', join(root, 'absent'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('missing-file'),
    })
    await writeFile(join(root, 'empty.jsonl'), '')
    expect(await icrl('env', 'check', 'household', join(root, 'empty.jsonl'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('no recorded games'),
    })
    expect(await icrl('env', 'check', 'houshold', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "household"?'),
    })
  })
})
