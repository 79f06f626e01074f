const split = (words: string): readonly string[] => words.split(' ')

const onSeats = split(
  'BasketBall Book Box CellPhone Cloth CreditCard KeyChain Laptop Newspaper Pillow RemoteControl',
)
const onTables = split(
  'AlarmClock Apple BaseballBat BasketBall Book Bowl Box Bread ButterKnife CD Candle CellPhone Cloth CreditCard Cup DishSponge Egg Fork ' +
    'Glassbottle HandTowel Kettle KeyChain Knife Ladle Laptop Lettuce Mug Newspaper Pan PaperTowel Pen Pencil PepperShaker Plate Pot Potato ' +
    'RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle Statue TennisRacket TissueBox ToiletPaper ToiletPaperRoll Tomato Vase ' +
    'Watch WateringCan WineBottle',
)
const onDressers = split(
  'AlarmClock BasketBall Book Bowl Box CD Candle CellPhone Cloth CreditCard Cup Glassbottle KeyChain Laptop Mug Newspaper Pen Pencil Plate ' +
    'RemoteControl SprayBottle Statue TennisRacket TissueBox ToiletPaper ToiletPaperRoll Vase Watch WateringCan WineBottle',
)
const inPots = split(
  'Apple ButterKnife DishSponge Egg Fork Knife Ladle Lettuce Potato Spatula Spoon Tomato',
)
const inCarts = split(
  'Candle Cloth DishSponge HandTowel Mug PaperTowel Plunger SoapBar SoapBottle SprayBottle Statue TissueBox ToiletPaper ToiletPaperRoll Vase',
)

/** What fits where in ALFRED's rooms, by type, without slices. */
const contents: Readonly<Record<string, readonly string[]>> = {
  ArmChair: onSeats,
  BathtubBasin: split('Cloth DishSponge HandTowel SoapBar'),
  Bed: split('BaseballBat BasketBall Book CellPhone Laptop Newspaper Pillow TennisRacket'),
  Bowl: split(
    'Apple ButterKnife CD Candle CellPhone Cloth CreditCard DishSponge Egg Fork KeyChain Knife Ladle Lettuce Mug PaperTowel Pen Pencil Potato ' +
      'RemoteControl Spatula Spoon Tomato Watch',
  ),
  Box: split(
    'AlarmClock Book CD Candle CellPhone Cloth CreditCard DishSponge Glassbottle KeyChain Mug PaperTowel Pen Pencil RemoteControl Statue TissueBox Vase Watch',
  ),
  Cabinet: split(
    'Book Bowl Box CD Candle Cloth Cup DishSponge Glassbottle HandTowel Kettle Ladle Mug Newspaper Pan PepperShaker Plate Plunger Pot SaltShaker ' +
      'SoapBar SoapBottle SprayBottle TissueBox ToiletPaper ToiletPaperRoll Vase WateringCan WineBottle',
  ),
  Cart: inCarts,
  CoffeeMachine: ['Mug'],
  CoffeeTable: onTables,
  CounterTop: onTables,
  Cup: split('ButterKnife Fork Spoon'),
  Desk: [...onDressers, 'SoapBottle'],
  DiningTable: onTables,
  Drawer: split(
    'Book ButterKnife CD Candle CellPhone Cloth CreditCard DishSponge Fork HandTowel KeyChain Knife Ladle Newspaper Pen Pencil PepperShaker ' +
      'RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle TissueBox ToiletPaper ToiletPaperRoll Watch WateringCan',
  ),
  Dresser: onDressers,
  Fridge: split(
    'Apple Bowl Bread Cup Egg Glassbottle Lettuce Mug Pan Plate Pot Potato Tomato WineBottle',
  ),
  GarbageCan: split(
    'Apple Bread CD Cloth DishSponge Egg HandTowel Lettuce Newspaper PaperTowel Pen Pencil Potato SoapBar SoapBottle SprayBottle TissueBox ' +
      'ToiletPaper ToiletPaperRoll Tomato WineBottle',
  ),
  HandTowelHolder: ['HandTowel'],
  LaundryHamper: ['Cloth'],
  Microwave: split('Apple Bowl Bread Cup Egg Glassbottle Mug Plate Potato Tomato'),
  Mug: split('ButterKnife Fork KeyChain Knife Pen Pencil Spoon Watch'),
  Ottoman: onSeats,
  Pan: inPots,
  Plate: split(
    'AlarmClock Apple Book ButterKnife CD Candle CellPhone Cloth CreditCard DishSponge Egg Fork Glassbottle KeyChain Knife Ladle Lettuce Mug ' +
      'PaperTowel Pen Pencil Potato Spatula Spoon TissueBox Tomato Watch',
  ),
  Pot: inPots,
  Safe: split('CD CellPhone CreditCard KeyChain Statue Vase Watch'),
  Shelf: split(
    'AlarmClock Book Bowl Box CD Candle CellPhone Cloth CreditCard Cup DishSponge Glassbottle HandTowel Kettle KeyChain Mug Newspaper PaperTowel ' +
      'Pen Pencil PepperShaker Plate Pot RemoteControl SaltShaker SoapBar SoapBottle SprayBottle Statue TissueBox ToiletPaper ToiletPaperRoll Vase ' +
      'Watch WateringCan WineBottle',
  ),
  SideTable: onTables,
  SinkBasin: split(
    'Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Glassbottle HandTowel Kettle Knife Ladle Lettuce Mug Pan Plate Pot Potato SoapBar Spatula Spoon Tomato',
  ),
  Sofa: onSeats,
  StoveBurner: split('Kettle Pan Pot'),
  TVStand: ['TissueBox'],
  Toilet: split(
    'Candle Cloth DishSponge HandTowel Newspaper PaperTowel SoapBar SoapBottle SprayBottle TissueBox ToiletPaper ToiletPaperRoll',
  ),
  ToiletPaperHanger: split('ToiletPaper ToiletPaperRoll'),
  TowelHolder: ['Towel'],
}

/** Receptacles that can be carried. */
export const movableReceptacles: ReadonlySet<string> = new Set([
  'Bowl',
  'Box',
  'Cup',
  'Mug',
  'Pan',
  'Plate',
  'Pot',
])

/** Receptacles with a door or a lid. */
export const openableReceptacles: ReadonlySet<string> = new Set([
  'Fridge',
  'Cabinet',
  'Microwave',
  'Drawer',
  'Safe',
])

/** What can be done with a type. */
export const affordances: Readonly<
  Record<'cleanable' | 'heatable' | 'coolable' | 'sliceable', ReadonlySet<string>>
> = {
  cleanable: new Set(
    split(
      'Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Kettle Knife Ladle Lettuce Mug Pan Plate Pot Potato SoapBar Spatula Spoon Tomato',
    ),
  ),
  heatable: new Set(split('Apple Bread Cup Egg Mug Plate Potato Tomato')),
  coolable: new Set(
    split('Apple Bowl Bread Cup Egg Lettuce Mug Pan Plate Pot Potato Tomato WineBottle'),
  ),
  sliceable: new Set(split('Apple Bread Egg Lettuce Potato Tomato')),
}

/**
 * Whether a thing of a type fits in or on a receptacle of a type.
 *
 * @example
 * fitsIn('Mug', 'CoffeeMachine') // true
 */
export function fitsIn(object: string, receptacle: string): boolean {
  return contents[receptacle]?.includes(object) ?? false
}

/** Types that fit in or on a receptacle. */
export function contentsOf(receptacle: string): readonly string[] {
  return contents[receptacle] ?? []
}
