type Rules = Readonly<
  Record<string, readonly { readonly condition?: string; readonly rhs: string }[]>
>

const here = 'atlocation(a:agent, l:location) & receptacleatlocation(r:receptacle, l:location)'
const loose = `atlocation(a:agent, l:location) & objectatlocation(o:object, l:location) & receptacleatlocation(r:receptacle, l:location) & not_inreceptacle(o:object, r:receptacle)`
const contents = "[{o.indefinite + ' ' + o.name | inreceptacle(o:object, r:receptacle)}]"
const flag = (...names: string[]): string => names.map((name) => `${name}(o:object)`).join(' & ')

/** What each answer says; the strings are the game's, as its players see them. */
const rules = (goal: string): Rules => ({
  intro: [{ rhs: '-= Welcome to TextWorld, ALFRED! =-\n\n#look.feedback#\n\n#task#' }],
  task: [{ rhs: `Your task is to: ${goal}.` }],
  list_empty: [{ rhs: 'nothing' }],
  list_separator: [{ rhs: ', ' }],
  list_last_separator: [{ rhs: ', and ' }],
  'GotoLocation.feedback': [{ rhs: 'You arrive at {lend.name}. #examineReceptacle.feedback#' }],
  'OpenObject.feedback': [{ rhs: 'You open the {r.name}. #examineReceptacle.feedback#' }],
  'CloseObject.feedback': [{ rhs: 'You close the {r.name}.' }],
  'PickupObject.feedback': [{ rhs: 'You pick up the {o.name} from the {r.name}.' }],
  'PutObject.feedback': [{ rhs: 'You put the {o.name} in/on the {r.name}.' }],
  'CleanObject.feedback': [{ rhs: 'You clean the {o.name} using the {r.name}.' }],
  'HeatObject.feedback': [{ rhs: 'You heat the {o.name} using the {r.name}.' }],
  'CoolObject.feedback': [{ rhs: 'You cool the {o.name} using the {r.name}.' }],
  'ToggleObject.feedback': [{ rhs: 'You turn on the {o.name}.' }],
  'SliceObject.feedback': [{ rhs: 'You sliced the {co.name} with the {ko.name}.' }],
  'inventory.feedback': [
    {
      condition: 'holdsany(a:agent)',
      rhs: "You are carrying: [{o.indefinite + ' ' + o.name | holds(a:agent, o:object)}].",
    },
    { rhs: 'You are not carrying anything.' },
  ],
  'examineReceptacle.feedback': [
    {
      condition: 'openable(r:receptacle) & opened(r:receptacle)',
      rhs: `The {r.name} is open. In it, you see ${contents}.`,
    },
    { condition: 'openable(r:receptacle)', rhs: 'The {r.name} is closed.' },
    { rhs: `On the {r.name}, you see ${contents}.` },
  ],
  'examineObject.feedback': [
    {
      condition: flag('isreceptacleobject'),
      rhs: "This is a normal {o.name}. In it, you see [{o2.indefinite + ' ' + o2.name | inreceptacleobject(o2:object, o:object)}].",
    },
    {
      condition: flag('isclean', 'ishot', 'issliced'),
      rhs: 'This is a hot and clean sliced {o.name}.',
    },
    {
      condition: flag('isclean', 'iscool', 'issliced'),
      rhs: 'This is a cool and clean sliced {o.name}.',
    },
    { condition: flag('isclean', 'issliced'), rhs: 'This is a clean sliced {o.name}.' },
    { condition: flag('ishot', 'issliced'), rhs: 'This is a hot sliced {o.name}.' },
    { condition: flag('iscool', 'issliced'), rhs: 'This is a cool sliced {o.name}.' },
    { condition: flag('isclean', 'ishot'), rhs: 'This is a hot and clean {o.name}.' },
    { condition: flag('isclean', 'iscool'), rhs: 'This is a cool and clean {o.name}.' },
    { condition: flag('ishot'), rhs: 'This is a hot {o.name}.' },
    { condition: flag('isclean'), rhs: 'This is a clean {o.name}.' },
    { condition: flag('iscool'), rhs: 'This is a cold {o.name}.' },
    { condition: flag('toggleable', 'istoggled'), rhs: 'This {o.name} is on.' },
    { condition: flag('toggleable', 'not_istoggled'), rhs: 'This {o.name} is off.' },
    { condition: flag('issliced', 'sliceable'), rhs: 'This is a sliced {o.name}.' },
    { rhs: "There's nothing special about {o.name}." },
  ],
  'look.feedback': [
    {
      condition: here,
      rhs: `You are facing the [{r.name | ${here}}]. Next to it, you see #loose#.`,
    },
    {
      rhs: "You are in the middle of a room. Looking quickly around you, you see [{r.indefinite + ' ' + r.name | receptacleatlocation(r:receptacle, l:location)}].",
    },
  ],
  loose: [
    { condition: loose, rhs: `[{o.indefinite + ' ' + o.name | ${loose}}]` },
    { rhs: 'nothing' },
  ],
})

const templates: Readonly<Record<string, string>> = {
  look: 'look',
  inventory: 'inventory',
  examineReceptacle: 'examine {r}',
  examineObject: 'examine {o}',
  GotoLocation: 'go to [{r.name | receptacleatlocation(r:receptacle, lend:location)}]',
  OpenObject: 'open {r}',
  CloseObject: 'close {r}',
  PickupObject: 'take {o} from {r}',
  PutObject: 'put {o} in/on {r}',
  CleanObject: 'clean {o} with {r}',
  HeatObject: 'heat {o} with {r}',
  CoolObject: 'cool {o} with {r}',
  ToggleObject: 'use {o}',
  SliceObject: 'slice {co} with {ko}',
}

/**
 * The household's texts in TextWorld's format, for the domain `alfredDomain`. Commands and answers
 * are ALFWorld's, written down anew.
 *
 * @param goal the task sentence without "Your task is to: " and full stop
 * @example
 * alfredGrammar('put a mug in desk').includes('Your task is to: put a mug in desk.') // true
 */
export function alfredGrammar(goal: string): string {
  const actions = Object.entries(templates).map(
    ([name, template]) =>
      `action ${name} {\n    template :: "${template}";\n    feedback :: "#${name}.feedback#";\n}`,
  )
  return (
    [`grammar :: """\n${JSON.stringify(rules(goal), undefined, 2)}\n""";`, ...actions].join(
      '\n\n',
    ) + '\n'
  )
}
