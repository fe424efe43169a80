// Colour maps that colour-blind people can read, as 256 colours each.

/** Evenly spaced colours between which the others are interpolated: matplotlib's viridis, cividis and RdBu_r. */
const POINTS = {
  viridis:
    "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e 2c728e 297a8e 26828e 23898e 21918c " +
    "1f988b 1fa088 22a785 28ae80 32b67a 3fbc73 4ec36b 5ec962 70cf57 84d44b 98d83e addc30 c2df23 d8e219 ece51b fde725",
  cividis:
    "00224e 00285b 002e6a 053371 1a386f 273e6e 32436d 3b496c 434e6c 4b546c 535a6d 5a5f6e 61656f 686a71 6f7073 767676 7d7c78 " +
    "848279 8c8878 938e78 9b9476 a39a74 aba072 b4a76f bcae6c c4b468 cdbb63 d5c25e dec958 e7d150 f0d846 f9e03a fee838",
  diverging:
    "053061 0e4179 175290 1f63a8 2a71b2 3480b9 3f8ec0 529dc8 6bacd1 84bcd9 9bc9e0 aed3e6 c2ddec d4e6f1 e0ecf3 ecf2f5 f7f6f6 " +
    "f9eee7 fbe5d8 fddcc9 fbccb4 f8bb9e f5aa89 ee9677 e48066 db6b55 d05548 c53e3d ba2832 ab162a 930e26 7c0722 67001f",
  grey: "000000 ffffff",
};

export type MapName = keyof typeof POINTS;

/** The maps, as they are offered. */
export const MAPS: [name: MapName, label: string][] = [
  ["viridis", "Viridis"],
  ["cividis", "Cividis"],
  ["grey", "Grey"],
  ["diverging", "Blue–red (around 0)"],
];

export const SIZE = 256;

/** Drawn for infinite values, and found in no map. */
export const INFINITE = { above: "#ff3ec8", below: "#00c8ff" };

/** Return the colours of a map as bytes: red, green, blue, and 255. */
export function coloursOf(name: MapName, isInverted: boolean): Uint8ClampedArray {
  const points = POINTS[name].split(" ").map((text) => [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const colours = new Uint8ClampedArray(4 * SIZE);
  for (let at = 0; at < SIZE; at += 1) {
    const place = ((isInverted ? SIZE - 1 - at : at) / (SIZE - 1)) * (points.length - 1);
    const below = Math.min(Math.floor(place), points.length - 2);
    for (let part = 0; part < 3; part += 1) {
      const [low, high] = [points[below]![part]!, points[below + 1]![part]!];
      colours[4 * at + part] = low + (high - low) * (place - below);
    }
    colours[4 * at + 3] = 255;
  }
  return colours;
}
