import { splitEvery, type Dialect } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

const instructions = `You do a science experiment in a simulated house by short text commands. What they look like:
open [thing], close [thing], activate [thing], deactivate [thing], connect [thing] to [thing], disconnect [thing], use [thing] on [thing],
look around, look at [thing], look in [thing], read [thing], move [thing] to [thing], pick up [thing], put down [thing],
pour [thing] into [thing], dunk [thing] into [thing], mix [thing], go to [place], eat [thing], flush [thing], focus on [thing],
wait (ten steps), wait1 (one step), task, inventory. Focus only on what the task asks to focus on. If a command is ambiguous, the choices are numbered:
answer with a number. Think first, then give one command between <action> and </action>.`

/**
 * AgentGym's ScienceWorld: 4,639 items. The reward is the score divided by 100; a failure's −100
 * becomes 0. As in ICRL's client, an unknown command is answered with the previous observation.
 */
export const sciworldDialect: Dialect = {
  name: 'sciworld',
  instructions,
  maxTurns: 100,
  idKey: 'id',
  rewardIsTotal: true,
  tasks: () => splitEvery(20, 4639),
  reset: async (calls, item) => {
    const answer = await calls.post('/reset', { data_idx: item })
    const task = textField(answer, 'task_description')
    calls.memory.set('observation', textField(answer, 'observation'))
    return { task, observation: `${task}\n${textField(answer, 'observation')}` }
  },
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    const told = textField(answer, 'observation')
    const observation = told.includes('No known action matches')
      ? (calls.memory.get('observation') ?? told)
      : told
    calls.memory.set('observation', observation)
    return {
      observation,
      reward: clampReward(numberField(answer, 'score') / 100),
      done: booleanField(answer, 'done'),
    }
  },
}
