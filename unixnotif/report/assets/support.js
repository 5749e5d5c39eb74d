// Small functions that all parts of the page use.
// Rule: text of a notification becomes text nodes, never HTML.

const byId = (id) => document.getElementById(id);

// Control characters, characters that reorder or hide text, and half
// characters, as in unixnotif/terminal.py. Newlines and tabs stay.
const INVISIBLE = /[^\P{C}\n\t]|[\u2028\u2029]/gu;

function visible(text) {
  return text.replace(INVISIBLE, (found) => Array.from(
    { length: found.length },
    (_, i) => '\\u' + found.charCodeAt(i).toString(16).padStart(4, '0'),
  ).join(''));
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') made.className = value;
    else if (typeof value === 'function') made.addEventListener(name, value);
    else if (typeof value === 'boolean') made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const numbers = new Intl.NumberFormat('en', { useGrouping: true });
const number = (value) => numbers.format(value).replaceAll(',', '\u00a0');

function plural(count, noun) {
  return `${count ? number(count) : 'no'} ${noun}${count === 1 ? '' : 's'}`;
}

// 10:00:01.100 on one day, else with the date.
function timeText(milliseconds, withDate) {
  const text = new Date(milliseconds).toISOString();
  return withDate ? text.replace('T', ' ').slice(0, 19) : text.slice(11, 23);
}

function fail(message) {
  byId('failure').textContent = message;
  byId('failure').hidden = false;
  document.documentElement.dataset.state = 'failed';
}
