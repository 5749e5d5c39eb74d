// Globs of the shell: only * and ?.
// Rule: the time depends on the lengths of text and glob alone. A regular
// expression of a few characters can take longer than anybody waits.

class Glob {
  constructor(glob) {
    this.pieces = glob.split(/[*?]+/);
    const chars = [...glob].filter((char) => char !== '*');
    this.size = chars.length;
    const bits = () => new Uint32Array((this.size >>> 5) + 1);
    // The numbers of characters after which any text may follow.
    this.loops = bits();
    let place = 0;
    for (const char of glob) {
      if (char === '*') Glob.set(this.loops, place);
      else place++;
    }
    // The places of the glob that a character meets.
    this.others = bits();
    chars.forEach((char, i) => {
      if (char === '?') Glob.set(this.others, i + 1);
    });
    this.places = new Map();
    chars.forEach((char, i) => {
      if (char === '?') return;
      const code = char.codePointAt(0);
      if (!this.places.has(code)) this.places.set(code, this.others.slice());
      Glob.set(this.places.get(code), i + 1);
    });
  }

  static set(bits, place) {
    bits[place >>> 5] |= 1 << (place & 31);
  }

  static has(bits, place) {
    return (bits[place >>> 5] >>> (place & 31) & 1) === 1;
  }

  meets(text) {
    if (!this.pieces.every((piece) => text.includes(piece))) return false;
    // The numbers of characters of the glob that the text has met so far.
    const met = this.loops.slice().fill(0);
    met[0] = 1;
    const { loops, size } = this;
    const isOpen = Glob.has(loops, size);
    for (let at = 0; at < text.length;) {
      if (isOpen && Glob.has(met, size)) return true;
      const code = text.codePointAt(at);
      at += code > 0xffff ? 2 : 1;
      const places = this.places.get(code) ?? this.others;
      let carry = 0;
      let some = 0;
      for (let i = 0; i < met.length; i++) {
        const before = met[i];
        met[i] = (before << 1 | carry) & places[i] | before & loops[i];
        some |= met[i];
        carry = before >>> 31;
      }
      if (!some) return false;
    }
    return Glob.has(met, size);
  }
}
