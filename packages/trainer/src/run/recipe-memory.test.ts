import type { Json } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { recipeMemory } from './recipe-memory.ts'

describe('recipeMemory', () => {
  it('remembers nothing at first, then what was set last', () => {
    const memory = recipeMemory('mine')
    expect(memory.get()).toBeUndefined()
    memory.set({ seen: 3 })
    memory.set(['a', null, true, 0.5])
    expect(memory.get()).toEqual(['a', null, true, 0.5])
    expect(recipeMemory('mine', { seen: 3 }).get()).toEqual({ seen: 3 })
  })

  it('remembers a copy, which nobody can change', () => {
    const memory = recipeMemory('mine')
    const given = { counts: [1, 2] }
    memory.set(given)
    given.counts.push(3)
    expect(memory.get()).toEqual({ counts: [1, 2] })
    expect(() => (memory.get() as typeof given).counts.push(3)).toThrow(TypeError)
  })

  it('has the bytes that a checkpoint gives back: keys in order, no −0', () => {
    const memory = recipeMemory('mine')
    memory.set({ b: -0, a: { d: 1, c: 2 } })
    expect(JSON.stringify(memory.get())).toBe('{"a":{"c":2,"d":1},"b":0}')
    expect(Object.is((memory.get() as { b: number }).b, 0)).toBe(true)
    memory.set(JSON.parse('{"__proto__": 1}') as Json)
    expect(JSON.stringify(memory.get())).toBe('{"__proto__":1}')
  })

  it('takes one value in two places, which is no cycle', () => {
    const memory = recipeMemory('mine')
    const shared = { n: 1 }
    memory.set([shared, shared])
    expect(memory.get()).toEqual([{ n: 1 }, { n: 1 }])
  })

  const cycle: { inner: unknown[] } = { inner: [] }
  cycle.inner.push(cycle)
  it.each([
    ['undefined', undefined, 'memory is a value of type undefined'],
    ['a function', { of: [() => 1] }, 'memory.of[0] is a value of type function'],
    ['no number', { loss: Number.NaN }, 'memory.loss is NaN'],
    ['infinity', [-Infinity], 'memory[0] is -Infinity'],
    ['a key without a value', { gone: undefined }, 'memory.gone is a value of type undefined'],
    ['a hole', new Array(1), 'memory[0] is a value of type undefined'],
    ['a bigint', 3n, 'memory is a value of type bigint'],
    ['a cycle', cycle, 'memory.inner[0] is a cycle'],
    ['a map', { by: new Map() }, 'memory.by is an instance of Map'],
    ['a typed array', Float32Array.of(1), 'memory is an instance of Float32Array'],
    ['a date', new Date(0), 'memory is an instance of Date'],
    ['a symbol key', { [Symbol('s')]: 1 }, 'memory is keyed by a symbol'],
  ])('refuses %s, naming the recipe and the place', (_, value, where) => {
    const memory = recipeMemory('mine', 'before')
    let thrown: unknown
    try {
      memory.set(value as Json)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'invalid-option' })
    expect((thrown as Error).message).toContain(`recipe "mine": ${where}`)
    expect(memory.get()).toBe('before')
  })
})
