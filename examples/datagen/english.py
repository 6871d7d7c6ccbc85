"""English families: a pattern, a table, and an answer that is computed or looked up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from math import gcd, lcm
from random import Random

from datagen.talk import Talk, Turn, single

__all__ = ["english_families"]

COUNTRIES = """Norway|Oslo|Europe|krone
Portugal|Lisbon|Europe|euro
Kenya|Nairobi|Africa|shilling
Peru|Lima|South America|sol
Japan|Tokyo|Asia|yen
Egypt|Cairo|Africa|pound
Hungary|Budapest|Europe|forint
Thailand|Bangkok|Asia|baht
Poland|Warsaw|Europe|zloty
Cuba|Havana|North America|peso
Iceland|Reykjavik|Europe|krona
Vietnam|Hanoi|Asia|dong
Morocco|Rabat|Africa|dirham
Greece|Athens|Europe|euro
Uruguay|Montevideo|South America|peso
Mongolia|Ulaanbaatar|Asia|togrog
Ethiopia|Addis Ababa|Africa|birr
Croatia|Zagreb|Europe|euro
Nepal|Kathmandu|Asia|rupee
Paraguay|Asunción|South America|guarani
Ghana|Accra|Africa|cedi
Finland|Helsinki|Europe|euro"""

ELEMENTS = """iron|Fe|26
gold|Au|79
sodium|Na|11
potassium|K|19
silver|Ag|47
lead|Pb|82
tin|Sn|50
helium|He|2
copper|Cu|29
mercury|Hg|80
tungsten|W|74
neon|Ne|10"""

WORDS = """cheese|fr|fromage
butterfly|fr|papillon
window|fr|fenêtre
library|es|biblioteca
spoon|es|cuchara
strawberry|es|fresa
bridge|de|Brücke
glove|de|Handschuh
mountain|ja|山
cat|ja|猫
thank you|ko|감사합니다
bread|it|pane
umbrella|it|ombrello
milk|ru|молоко
book|ru|книга"""
LANGUAGES = {
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "ja": "Japanese",
    "ko": "Korean",
    "it": "Italian",
    "ru": "Russian",
}

OPPOSITES = (
    "ancient|modern generous|stingy shallow|deep victory|defeat expand|shrink brave|cowardly arrive|depart "
    "scarce|plentiful smooth|rough humble|arrogant transparent|opaque permanent|temporary"
)
PAST = "swim|swam bring|brought freeze|froze teach|taught choose|chose ride|rode shrink|shrank weave|wove seek|sought"
PLURALS = "mouse|mice leaf|leaves crisis|crises ox|oxen thesis|theses goose|geese shelf|shelves criterion|criteria"

REVIEWS = """The zip broke on the second day and nobody answers the phone.|negative
Soft, warm, and the colour is even nicer than in the picture.|positive
It arrived in a box.|neutral
I have bought my third pair and would not wear anything else.|positive
The soup was cold and the waiter argued about it.|negative
The manual has forty pages.|neutral
Worth every penny, my kids fight over it.|positive
After one wash it fits my daughter's doll.|negative
The battery lasts about as long as the old one.|neutral
Breathtaking view, kind hosts, and the best pancakes on the coast.|positive
We waited ninety minutes for a taxi that never came.|negative
A clever ending that I did not see coming.|positive"""

FUNCTIONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "reverses the words of a sentence",
        "def reverse_words(text):\n    return ' '.join(reversed(text.split()))",
        "reverse_words('to be or not')",
        "'not or be to'",
    ),
    (
        "counts the vowels in a string",
        "def vowels(text):\n    return sum(letter in 'aeiou' for letter in text.lower())",
        "vowels('Orchestra')",
        "3",
    ),
    (
        "checks whether a word is a palindrome",
        "def is_palindrome(word):\n    word = word.lower()\n    return word == word[::-1]",
        "is_palindrome('Level')",
        "True",
    ),
    (
        "returns the digits of a number added up",
        "def digit_sum(number):\n    return sum(map(int, str(abs(number))))",
        "digit_sum(2748)",
        "21",
    ),
    (
        "flattens a list of lists by one level",
        "def flatten(rows):\n    return [value for row in rows for value in row]",
        "flatten([[1, 2], [], [3]])",
        "[1, 2, 3]",
    ),
    (
        "removes duplicates from a list and keeps the order",
        "def unique(values):\n    return list(dict.fromkeys(values))",
        "unique([3, 1, 3, 2, 1])",
        "[3, 1, 2]",
    ),
    (
        "splits a list into chunks of n items",
        "def chunks(values, n):\n    return [values[k:k + n] for k in range(0, len(values), n)]",
        "chunks([1, 2, 3, 4, 5], 2)",
        "[[1, 2], [3, 4], [5]]",
    ),
    (
        "computes the factorial with a loop",
        "def factorial(n):\n    product = 1\n    for k in range(2, n + 1):\n        product *= k\n    return product",
        "factorial(6)",
        "720",
    ),
    (
        "finds the longest word in a text",
        "def longest(text):\n    return max(text.split(), key=len)",
        "longest('a lantern in the fog')",
        "'lantern'",
    ),
    (
        "turns snake_case into camelCase",
        "def camel(name):\n    first, *rest = name.split('_')\n    return first + ''.join(map(str.title, rest))",
        "camel('max_line_length')",
        "'maxLineLength'",
    ),
    (
        "merges two dictionaries and adds up the values of common keys",
        "def merge(a, b):\n    return {key: a.get(key, 0) + b.get(key, 0) for key in sorted(a.keys() | b.keys())}",
        "merge({'x': 1, 'y': 2}, {'y': 3})",
        "{'x': 1, 'y': 5}",
    ),
    (
        "returns every second character of a string",
        "def every_second(text):\n    return text[::2]",
        "every_second('lighthouse')",
        "'lgtos'",
    ),
    (
        "transposes a matrix given as a list of rows",
        "def transpose(matrix):\n    return [list(column) for column in zip(*matrix)]",
        "transpose([[1, 2, 3], [4, 5, 6]])",
        "[[1, 4], [2, 5], [3, 6]]",
    ),
    (
        "converts seconds to the form h:mm:ss",
        (
            "def clock(seconds):\n    minutes, s = divmod(seconds, 60)\n    h, m = divmod(minutes, 60)\n"
            "    return f'{h}:{m:02}:{s:02}'"
        ),
        "clock(7384)",
        "'2:03:04'",
    ),
    (
        "lists all primes below n with a sieve",
        (
            "def primes(n):\n    flags = [True] * n\n    found = []\n    for k in range(2, n):"
            "\n        if flags[k]:\n            found.append(k)\n"
            "            flags[k * k::k] = [False] * len(flags[k * k::k])\n    return found"
        ),
        "primes(20)",
        "[2, 3, 5, 7, 11, 13, 17, 19]",
    ),
)

COMMANDS = """count the lines of all Python files below the current directory|find . -name '*.py' -exec cat {} + | wc -l
show the ten most frequent words of notes.txt|tr -cs '[:alpha:]' '\\n' < notes.txt | sort | uniq -c | sort -rn | head
rename report.txt to report-old.txt|mv report.txt report-old.txt
print the second column of a comma-separated file|cut -d, -f2 table.csv
show which process listens on port 8080|ss -ltnp 'sport = :8080'
replace tabs by spaces in a file|expand -t 4 source.c > source-spaces.c
pack the folder photos into a compressed archive|tar -czf photos.tar.gz photos/
list files changed within the last day|find . -type f -mtime -1"""

QUERIES = """List customers who have never ordered.|SELECT name FROM customers
WHERE id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL);
~Count books per author, most productive first.|SELECT author, COUNT(*) AS books
FROM library
GROUP BY author
ORDER BY books DESC;
~Find the second highest salary.|SELECT MAX(salary) FROM staff
WHERE salary < (SELECT MAX(salary) FROM staff);
~Raise all prices of the category 'tea' by ten percent.|UPDATE products SET price = price * 1.1
WHERE category = 'tea';
~Show the five latest log entries of level error.|SELECT * FROM log
WHERE level = 'error'
ORDER BY created_at DESC
LIMIT 5;"""

PEOPLE = (
    "Mara|baker|Ghent Owen|piper|Stirling Lucia|glazier|Siena Tomas|luthier|Brno Hedda|farrier|Bergen "
    "Yusuf|potter|Fes Ilse|cooper|Trier Paulo|weaver|Braga"
)
MORSE_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
MORSE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", MORSE_CODES.split(), strict=True))
CIPHERED = "HARBOUR VIOLET PEPPER WINTER SADDLE COMPASS ORCHID TUNNEL MARBLE FERRY LANTERN BUTTON COTTAGE RIBBON WALNUT"


def _rows(table: str, splits: int = -1) -> list[list[str]]:
    return [row.split("|", splits) for row in table.splitlines()]


def _pairs(table: str) -> list[list[str]]:
    return [pair.split("|") for pair in table.split()]


def _facts() -> Iterator[Talk]:
    for k, (country, capital, continent, money) in enumerate(_rows(COUNTRIES)):
        yield single(
            "geography",
            "en",
            f"What is the capital of {country}?" if k % 2 else f"Capital of {country}, please.",
            capital,
        )
        yield single(
            "geography",
            "en",
            f"{capital}: in which country and on which continent is this city?",
            f"{country}, {continent}",
        )
        yield single("economics", "en", f"People in {country} pay with which currency?", f"The {money}")
    for name, symbol, number in _rows(ELEMENTS):
        yield single("science", "en", f"Chemical symbol for {name}?", symbol)
        yield single("science", "en", "Name the element with this atomic number.", f"{name.title()} ({symbol})", number)
    for word, code, foreign in _rows(WORDS):
        yield single("translation", "en", f"What is the {LANGUAGES[code]} word for '{word}'?", foreign, foreign=code)


def _language() -> Iterator[Talk]:
    for word, other in _pairs(OPPOSITES):
        yield single("language", "en", "Give the opposite.", other, word)
    for word, past in _pairs(PAST):
        yield single("language", "en", f"Simple past of 'to {word}'?", past)
    for one, many in _pairs(PLURALS):
        yield single("language", "en", f"Write the plural of '{one}'.", many)
    for text, label in _rows(REVIEWS):
        yield single("classification", "en", "Positive, negative or neutral?", label, text)


def _code() -> Iterator[Talk]:
    for does, source, call, result in FUNCTIONS:
        yield single(
            "coding",
            "en",
            f"Write a Python function that {does}.",
            f"```python\n{source}\n```\n\n`{call}` returns `{result}`.",
        )
    for does, command in _rows(COMMANDS, 1):
        yield single("coding", "en", f"Shell command to {does}:", f"`{command}`")
    for query in QUERIES.split("\n~"):
        does, sql = query.split("|")
        yield single("coding", "en", "Write SQL.", f"```sql\n{sql}\n```", does)


def _numbers(rng: Random) -> Iterator[Talk]:
    for _ in range(34):
        a, b, c = rng.randint(12, 99), rng.randint(3, 19), rng.randint(100, 900)
        yield single("mathematics", "en", f"{a} × {b} = ?", str(a * b))
        yield single("mathematics", "en", f"Calculate {c} - {a} + {b}.", f"{c} - {a} + {b} = {c - a + b}")
    for _ in range(24):
        a, b = rng.randint(2, 12) * 6, rng.randint(2, 12) * 8
        yield single(
            "mathematics",
            "en",
            f"Greatest common divisor and least common multiple of {a} and {b}?",
            f"gcd = {gcd(a, b)}, lcm = {lcm(a, b)}",
        )
        number = rng.randint(20, 900)
        yield single("mathematics", "en", f"Write {number} in binary and in hexadecimal.", f"{number:b} and {number:X}")
        price, off = rng.randint(4, 40) * 5, rng.choice([10, 20, 30, 40])
        yield single(
            "mathematics",
            "en",
            f"A coat costs {price} euros. What do I pay after a discount of {off} %?",
            f"{price * (100 - off) / 100:.2f} euros. The discount is {price * off / 100:.2f} euros.",
        )
        miles = rng.randint(2, 120)
        yield single("conversion", "en", f"How many kilometres are {miles} miles?", f"About {miles * 1.609344:.1f} km")
        celsius = rng.randint(-20, 40)
        yield single("conversion", "en", "Convert to Fahrenheit.", f"{celsius * 9 / 5 + 32:.1f} °F", f"{celsius} °C")


def _problems(rng: Random) -> Iterator[Talk]:
    names = ["Nora", "Felix", "Aisha", "Marco", "Ines", "Otto", "Leila", "Hugo", "Vera", "Sam", "Edda", "Jonas"]
    for name in names:
        boxes, each, gone = rng.randint(4, 12), rng.randint(6, 15), rng.randint(5, 20)
        yield single(
            "mathematics",
            "en",
            f"{name} packs {boxes} boxes with {each} jars each and then gives away {gone} jars. How many are left?",
            f"{boxes} × {each} = {boxes * each} jars, minus {gone} makes {boxes * each - gone}.",
        )
        speed, hours = rng.randint(12, 28), rng.randint(2, 6)
        yield single(
            "mathematics",
            "en",
            f"Cycling at {speed} km/h, how far does {name} get in {hours} hours?",
            f"{speed} km/h × {hours} h = {speed * hours} km",
        )
    for k in range(10):
        day = date(2024, 1, 9) + timedelta(days=53 * k + 7)
        yield single("calendar", "en", f"What day of the week was {day:%d %B %Y}?", f"{day:%A}")
        later = day + timedelta(days=rng.randint(20, 90))
        yield single(
            "calendar",
            "en",
            "Number of days between the two dates?",
            f"{(later - day).days} days",
            f"{day.isoformat()} and {later.isoformat()}",
        )


def _puzzles(rng: Random) -> Iterator[Talk]:
    for word in CIPHERED.split():
        yield single("puzzle", "en", f"Write {word} in Morse code.", " ".join(MORSE[letter] for letter in word))
        letter, many = Counter(word).most_common(1)[0]
        yield single("puzzle", "en", f"How often does the letter {letter} occur in {word}?", str(many))
        shift = rng.randint(1, 9)
        moved = "".join(chr((ord(one) - 65 + shift) % 26 + 65) for one in word)
        yield single("puzzle", "en", f"Decode this Caesar cipher (each letter moved forward by {shift}).", word, moved)
    for _ in range(10):
        values = rng.sample(range(2, 99), 6)
        yield single(
            "puzzle", "en", "Sort in ascending order.", ", ".join(map(str, sorted(values))), ", ".join(map(str, values))
        )


def _structures() -> Iterator[Talk]:
    for k, (name, craft, town) in enumerate(_pairs(PEOPLE)):
        years = 3 + 2 * k
        yield single(
            "extraction",
            "en",
            "Extract name, trade and town as JSON.",
            json.dumps({"name": name, "trade": craft, "town": town}, ensure_ascii=False),
            f"{name} has worked as a {craft} in {town} for {years} years.",
        )
        yield single(
            "extraction",
            "en",
            "Make a Markdown table with one row.",
            f"| name | trade | town |\n|---|---|---|\n| {name} | {craft} | {town} |",
            f"{name};{craft};{town}",
        )


def _follow_ups(rng: Random) -> Iterator[Talk]:
    for country, capital, continent, money in _rows(COUNTRIES)[::2]:
        yield Talk(
            "geography",
            "en",
            (
                Turn(
                    f"I am flying to {country}. Where will I land?", f"Most likely in or near the capital, {capital}."
                ),
                Turn("And which money do I need?", f"You pay with the {money} there."),
                Turn("Which continent was that again?", continent),
            ),
        )
    for _ in range(10):
        a, b, c = rng.randint(20, 90), rng.randint(11, 40), rng.randint(3, 9)
        yield Talk(
            "mathematics",
            "en",
            (
                Turn(f"Start with {a} and add {b}.", f"{a} + {b} = {a + b}"),
                Turn(f"Now times {c}.", f"{a + b} × {c} = {(a + b) * c}"),
                Turn("Is that even?", "Yes." if (a + b) * c % 2 == 0 else "No, it is odd."),
            ),
        )


def english_families(rng: Random) -> list[Talk]:
    """Return all English talks that are computed, in a fixed order for a given *rng*."""
    parts = [
        _facts(),
        _language(),
        _code(),
        _numbers(rng),
        _problems(rng),
        _puzzles(rng),
        _structures(),
        _follow_ups(rng),
    ]
    return [talk for part in parts for talk in part]
