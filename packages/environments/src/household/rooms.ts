/**
 * What a kind of room holds: receptacles with their smallest and largest number, and the things
 * that belong in it.
 */
export interface Room {
  readonly receptacles: Readonly<Record<string, readonly [number, number]>>
  readonly things: readonly string[]
}

/** The four kinds of rooms of ALFRED, in proportions of our own. */
export const rooms: Readonly<Record<'Kitchen' | 'LivingRoom' | 'Bedroom' | 'Bathroom', Room>> = {
  Kitchen: {
    receptacles: {
      CounterTop: [1, 3],
      Cabinet: [2, 9],
      Drawer: [2, 7],
      Fridge: [1, 1],
      Microwave: [1, 1],
      SinkBasin: [1, 1],
      StoveBurner: [2, 4],
      CoffeeMachine: [0, 1],
      Toaster: [0, 1],
      GarbageCan: [1, 1],
      DiningTable: [0, 2],
      Shelf: [0, 3],
      SideTable: [0, 1],
    },
    things: (
      'Apple Bowl Bread ButterKnife Cup DishSponge Egg Fork Glassbottle Kettle Knife Ladle Lettuce Mug Pan PepperShaker Plate Pot Potato ' +
      'SaltShaker SoapBottle Spatula Spoon Tomato Vase WineBottle Statue Book'
    ).split(' '),
  },
  LivingRoom: {
    receptacles: {
      Sofa: [1, 2],
      ArmChair: [0, 2],
      CoffeeTable: [1, 2],
      SideTable: [0, 3],
      TVStand: [0, 1],
      Drawer: [0, 5],
      Shelf: [0, 4],
      Dresser: [0, 1],
      DiningTable: [0, 1],
      Desk: [0, 1],
      GarbageCan: [1, 1],
      Safe: [0, 1],
      Ottoman: [0, 1],
      Cabinet: [0, 4],
    },
    things: (
      'Book Bowl Box Candle CellPhone CreditCard KeyChain Laptop Newspaper Pencil Pen Pillow Plate RemoteControl Statue TissueBox Vase Watch ' +
      'WateringCan'
    ).split(' '),
  },
  Bedroom: {
    receptacles: {
      Bed: [1, 2],
      Desk: [1, 2],
      SideTable: [0, 2],
      Dresser: [0, 1],
      Drawer: [1, 7],
      Shelf: [0, 5],
      ArmChair: [0, 1],
      GarbageCan: [1, 1],
      LaundryHamper: [0, 1],
      Safe: [0, 1],
      Ottoman: [0, 1],
      CoffeeTable: [0, 1],
    },
    things: (
      'AlarmClock BaseballBat BasketBall Book Bowl Box CD CellPhone Cloth CreditCard KeyChain Laptop Mug Pen Pencil Pillow Statue TennisRacket ' +
      'TissueBox Vase Watch'
    ).split(' '),
  },
  Bathroom: {
    receptacles: {
      Toilet: [1, 1],
      SinkBasin: [1, 2],
      BathtubBasin: [0, 1],
      CounterTop: [1, 2],
      Cabinet: [1, 5],
      Drawer: [0, 5],
      GarbageCan: [1, 1],
      HandTowelHolder: [1, 2],
      TowelHolder: [1, 1],
      ToiletPaperHanger: [1, 1],
      Cart: [0, 1],
      Shelf: [0, 2],
      SideTable: [0, 1],
    },
    things:
      'Candle Cloth DishSponge HandTowel Plunger SoapBar SoapBottle SprayBottle TissueBox ToiletPaper ToiletPaperRoll Towel'.split(
        ' ',
      ),
  },
}
