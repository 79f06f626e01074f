import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { takeRunLock } from './run-lock.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-lock-'))
})
const leave = (holder: unknown): Promise<void> =>
  writeFile(
    join(directory, 'run.lock'),
    typeof holder === 'string' ? holder : JSON.stringify(holder),
  )
const deadProcess = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('takeRunLock', () => {
  it('holds the folder until it is released, and leaves nothing', async () => {
    const lock = await takeRunLock(directory)
    await expect(takeRunLock(directory)).rejects.toMatchObject({
      code: 'run-conflict',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    await lock.release()
    expect(await readdir(directory)).toEqual([])
    await (await takeRunLock(directory)).release()
  })

  it.each([
    ['a process that is gone', () => ({ pid: deadProcess(), host: hostname() })],
    [
      'a process whose id another one has now',
      () => ({ pid: process.pid, host: hostname(), started: '1' }),
    ],
    ['a crash while it was written', () => '{"pid":'],
  ])('takes over the lock of %s', async (_, holder) => {
    await leave(holder())
    await (await takeRunLock(directory)).release()
    expect(await readdir(directory)).toEqual([])
  })

  it('respects a lock of another machine', async () => {
    await leave({ pid: 1, host: 'elsewhere' })
    await expect(takeRunLock(directory)).rejects.toThrow('process 1 on elsewhere')
  })

  it('takes over where a process died while taking over', async () => {
    const gone = { pid: deadProcess(), host: hostname() }
    await leave(gone)
    await writeFile(join(directory, 'run.lock.takeover'), JSON.stringify(gone))
    await (await takeRunLock(directory)).release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is taken by one of many', async () => {
    await leave({ pid: deadProcess(), host: hostname() })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => takeRunLock(directory)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(JSON.parse(await readFile(join(directory, 'run.lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
    })
  })
})
