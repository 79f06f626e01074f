import { itemRange, type Dialect } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

const instructions = `You shop on a web site for what an instruction asks. Where there is a search bar you can use search[keywords]; otherwise click[value], where
value is a button, link or option on the page: click[back to search], click[next >], a product's code, an option, click[buy now]. Choose the options the
instruction names before you buy; buying ends the task. An action that is not possible changes nothing. Think first, then give one action between
<action> and </action>.`

function instructionOf(page: string): string {
  return /Instruction: \[SEP\] (.*?) \[SEP\]/.exec(page)?.[1] ?? page
}

/** AgentGym's WebShop: 6,910 goals, the first 500 for tests, those from 1,500 for training, as WebShop splits its own. */
export const webshopDialect: Dialect = {
  name: 'webshop',
  instructions,
  maxTurns: 15,
  idKey: 'env_idx',
  tasks: () => ({ train: itemRange(1500, 6910), test: itemRange(0, 500) }),
  reset: async (calls, goal) => {
    await calls.post('/reset', { session_id: goal })
    const observation = plainText(await calls.get('/observation'), 'the observation')
    return { task: instructionOf(observation), observation }
  },
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    return { observation: textField(answer, 'state'), reward: clampReward(numberField(answer, 'reward')), done: booleanField(answer, 'done') }
  },
}
