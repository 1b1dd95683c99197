"""Temperature converter, as an assistant delivered it: it runs, but do you believe it?"""


def to_fahrenheit(celsius):
    """Return the temperature in degrees Fahrenheit."""
    return celsius * 9 // 5 + 32


def to_celsius(fahrenheit):
    """Return the temperature in degrees Celsius."""
    return fahrenheit - 32 * 5 / 9


def read_temperature(text):
    """Return the number that the text shows, as a float."""
    return text


def report(text):
    """Return a line such as '21.5 C is 70.7 F'."""
    return f"{text} C"


# The lines below run when you press Run, and not when the checks import this file.
if __name__ == "__main__":
    print(to_fahrenheit(100))
    print(to_celsius(212))
    print(report("21.5"))
