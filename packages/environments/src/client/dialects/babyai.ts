import { cleanAction, type Dialect, itemRange } from '../dialect.ts'
import { booleanField, clampReward, numberField, textField } from '../read-answer.ts'

const instructions = `You are in a world of rooms on a grid and have a goal. You see what lies in front of you and which actions are possible; give one of those,
word for word. Some are: turn left, turn right, move forward, go to [thing] [number], pickup [thing] [number], drop, toggle,
go through [door] [number], toggle and go through [door] [number], check available actions. Think first, then give one action between <action> and
</action>.`

/**
 * AgentGym's BabyAI: item 40 s + l is level l + 1 with seed s. The reward is the score the server
 * has added up.
 */
export const babyaiDialect: Dialect = {
  name: 'babyai',
  instructions,
  maxTurns: 40,
  idKey: 'id',
  rewardIsTotal: true,
  tasks: () => ({ train: itemRange(0, 840), test: itemRange(840, 960) }),
  reset: async (calls, item) => {
    const observation = textField(await calls.post('/reset', { data_idx: item }), 'observation')
    return { task: observation.split('\n')[0], observation }
  },
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action: cleanAction(action) })
    return {
      observation: textField(answer, 'observation'),
      reward: clampReward(numberField(answer, 'score')),
      done: booleanField(answer, 'done'),
    }
  },
}
