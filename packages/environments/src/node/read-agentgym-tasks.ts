import { IcrlError } from '@icrl/core'
import { readJsonLines } from './read-json-lines.ts'

/**
 * Item numbers of a task list as AgentGym-based projects publish it, one
 * `{"task_id": "17", "metadata": {"data_source", "subset"?}}` per line.
 *
 * @param subset only the tasks of this subset
 * @throws IcrlError `missing-file`, `corrupt-file` with the line, `empty-tasks`
 * @example
 * const tasks = {
 *   train: await readAgentgymTasks('alfworld_train.jsonl'),
 *   test: await readAgentgymTasks('alfworld_test.jsonl'),
 * }
 */
export async function readAgentgymTasks(path: string, subset?: string): Promise<string[]> {
  const ids: string[] = []
  for await (const { value, where } of readJsonLines(path)) {
    const { task_id: id, metadata } = (
      typeof value === 'object' && value !== null ? value : {}
    ) as { task_id?: unknown; metadata?: { subset?: unknown } | null }
    if (!/^\d+$/.test(String(id)))
      throw new IcrlError(`${where}: no "task_id" that is a number.`, {
        code: 'corrupt-file',
        remedy: 'Give a list of AgentGym’s items.',
      })
    if (subset === undefined || metadata?.subset === subset) ids.push(String(id))
  }
  if (ids.length === 0)
    throw new IcrlError(`${path}: no tasks${subset === undefined ? '' : ` of "${subset}"`}.`, {
      code: 'empty-tasks',
      remedy: 'Check the list.',
    })
  return ids
}
