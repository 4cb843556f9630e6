"""Words that say what a number is and whose: add a word here and every rule about numbers knows it.

All are pieces of regular expressions over folded text (lower-case, no accents).
"""

from __future__ import annotations

RELATIVES = (
    r"(?:mama|papa|madre|padre|espos[oa]|marido|mujer|conyuge|concubin[oa]|pareja|herman[oa]|abuel[oa]|abuelit[oa]|"
    r"suegr[oa]|nuera|yerno|cunad[oa]|ti[oa]|prim[oa]|sobrin[oa]|padrastro|madrastra|mami|papi|papas|jef[ea]cit[oa])"
)
CHILDREN = r"(?:hij[oa]|hijit[oa]|nin[oa]|bebe|niet[oa]|nene|nena|menor|recien nacid[oa])"
NUMBER = r"(?:n[uo]m(?:ero)?s?|nro|no|n|#)"

# What people call a social security number. LABEL counts anywhere before a number, STRONG is enough to doubt a bad one.
LABEL = (
    rf"\bn\W?\s?s\W?\s?s\b|\bnss|\bssn\b|social security|afiliacion|\bafil\b|seguro\b|seguridad social|\bss\b|\bimss\b|"
    rf"{NUMBER}\W{{0,3}}(?:de )?(?:asegurad|afiliad|derechohabien|pensionad)\w*|"
    rf"\b(?:mi|su|el) {NUMBER}\b(?:\W+(?:es|de (?:el|ella|mi \w+)))?\W*$"
)
STRONG = (
    rf"\bn\W?\s?s\W?\s?s\b|\bnss|\bssn\b|social security|(?:{NUMBER}|no\.?)\W{{0,3}}(?:de )?(?:mi )?(?:seguro|"
    rf"seguridad|afilia)|afiliacion|seguridad social"
)
LABEL_AFTER = (
    r"^\W{0,4}(?:(?:es|era|que es)\W+(?:mi|el|su)?\W*)?(?:numero (?:de )?)?(?:nss|n\.?s\.?s|seguro|afiliacion|imss)\b"
)
# A label that denies itself: 'no sé si tengo número de seguro', 'no me acuerdo de mi NSS'.
DENIED = (
    r"\b(?:no|ni|sin|nunca)\b(?: \w+){0,3} (?:se|tengo|recuerdo|acuerdo|cuento|conozco|encuentro|hay|tener|saber)\b"
)

# What else people write eleven digits of.
OTHER = (
    r"(?:tarjeta|cuenta|clabe|credito|infonavit|fonacot|folios?|guia|rastreo|referencia|linea de captura|captura|"
    r"telefonos?|\btels?|\bcels?|celular|whats\w*|\bwa\b|movil|pedido|ticket|recibo|poliza|tramite|codigo|contrato|"
    r"\bine\b|\bife\b|elector|cedula|receta|registro patronal|\breg\w*\.? pat\w*|patronal|matricula|placas?|empleado|"
    r"expediente|factura|cfdi|certificado|serie|pasaporte|operacion|autorizacion|transferencia|\bspei\b|orden|oficio|"
    r"turno|imei|convenio|acta|lote|control|clave|cliente|prestamo|sucursal|deposito|reporte|solicitud|comprobante|"
    r"licencia|medidor|servicio|\bcfe\b|telmex|envio|paquete|cheque|amparo|demanda|queja|\bfax\b|conmutador|lada|siade|"
    r"\bid\b|llam\w+ al|marc\w+ al|caso|nomina|pagare|concepto|kardex|boleta|predial|barras|token|gafete|membresia|"
    r"\bafore\b|\bnci\b|resolucion|multa|dictamen|incidente|extension|\bext\b|emisor|dispersion|ahorro|phone|account|"
    r"tracking|case|ejemplo|p\. ?ej|apartado|carta|convocatoria|vale|remision|movimiento|transaccion|bancari[oa])"
)
# Those of them that always have a number: it is theirs also a few words further on.
NUMBERED = (
    r"\b(?:folio|guia|credito|cuenta|tarjeta|clabe|referencia|telefono|celular|ticket|contrato|factura|poliza|expediente|"
    r"pedido|rastreo|transferencia|pasaporte|autorizacion|operacion|deposito|prestamo)\b"
)
# Words that may stand between such a word and its number.
FILLER = (
    r"(?:de|del|la|el|es|era|mi|su|un|una|con|numero|num|no|nro|n|bancari[oa]|infonavit|siade|rastreo|dhl|fedex|"
    r"estafeta|redpack|debito|credito|nomina|afore|banco|bbva|bancomer|banamex|santander|banorte|hsbc|azteca|referencia|"
    r"pago|tramite|al|terminacion|que|me|dieron|dio|dan|atencion|telefonica|patronal|fiscal|electronico|interno|"
    r"vivienda|guia|captura|servicio|luz|tarjeta|cliente|empleado|queja|reporte|solicitud|barras|caja|producto|"
    r"medicamento|dice|marca|vehicular|profesional|elector|trabajo|cita|receta|fue|siguiente|o|spei|interbancaria|"
    r"hospital|clinica|unico|autorizacion|operacion|envio|devolucion|seguimiento|asignado|asignaron|generado|"
    r"anterior|pasad[oa]|nuev[oa]|previ[oa]|ultim[oa]|mi[oa]|genero|quedo|aparece|salio|por|desde|en|ventanilla|oxxo|imss|cual|ustedes|y|a|para)"
)
# How a word after the number calls it something else: 'es mi cuenta', '(folio de queja)', 'de Estafeta'.
OTHER_AFTER = (
    rf"^(?: ?[(]| ?,? (?:que )?(?:es|era|fue|corresponde)\b| de\b| del\b)\W*(?:decir\W+)?"
    rf"(?:a |al |mi |el |la |su |un |una |de |del ){{0,3}}(?:{NUMBER} )?(?:de |del )?{OTHER}"
)
AMOUNT_AFTER = r"(?:[.,]\d{2}\b)?\s*(?:pesos|mxn|m\.n|usd|dolares|dls|piezas|unidades)"

# Whose a number is.
OWN = (
    rf"\bmi(?: propio)? (?:{NUMBER}\b|n\W?s\W?s\b|seguro|afiliacion|imss)|\bel mio\b|\bmio\b|\byo\b|"
    rf"\bsoy\b(?: \w+){{0,2}} (?:paciente|asegurad[oa]|titular|trabajador[a]?)\b|\bsoy\b|\ba mi nombre\b|"
    rf"\bmy (?:own )?(?:nss|social)"
)
THEIRS = (
    rf"(?<!de )\b(?:paciente|asegurad[oa]|titular)\b|\b(?:del|de la|de mi) (?:trabajador[a]?|emplead[oa])\b|"
    rf"\bsu (?:{NUMBER}\b|n\W?s\W?s\b|seguro|afiliacion)|"
    rf"\b(?:de|del) (?:(?:mi|la|el) )?(?:{RELATIVES}|{CHILDREN}|ella|senora?)\b|\b(?:his|her) (?:nss|social|"
    rf"number)|\bde el\b(?= es|:|\s*$)"
)
# Of several numbers, the one that is to be used, and the one that is not.
GOOD = (
    r"\b(?:el (?:numero |nss )?(?:bueno|correcto|vigente|actual|valido|verdadero|que (?:uso|vale|sirve|se queda|"
    r"debe quedar|"
    r"queda|(?:si )?es mio))|(?:numero|nss|seguro) (?:bueno|correcto|vigente|actual|valido|verdadero)|"
    r"que (?:si )?es (?:el )?mio)\b"
)
_WRONG = r"(?:incorrecto|erroneo|equivocado|viejo|malo|duplicado|ajeno|cancelado|homonimo)"
BAD_BEFORE = rf"\b(?:nss|numero|seguro|el|uno|otro)\W+(?:que esta )?{_WRONG}\W*(?:[a-z]+\W+){{0,3}}$"
BAD_AFTER = (
    r"^\W*(?:que |el cual |pero |ese |este |y )*(?:(?:no es|no era)\b(?! la primera)|no me (?:corresponde|pertenece)|"
    rf"esta (?:mal|{_WRONG})|es (?:el )?{_WRONG}|(?:es|pertenece|corresponde) (?:a|de) otra? )"
)
# Places abroad: a bare number that begins with 1 may be a telephone there.
ABROAD = (
    r"\b(?:estados unidos|ee\.? ?uu\.?|e\.u\.a|usa|u\.s\.a?|eua|united states|canada|consulad[oa]|california|texas|"
    r"chicago|illinois|houston|dallas|los angeles|nueva york|new york|arizona|phoenix|florida|georgia|atlanta|"
    r"carolina del norte|denver|colorado|las vegas|nevada|oregon|washington|seattle|toronto|montreal|vancouver|"
    r"san diego|san antonio texas|desde el extranjero|del otro lado|en el norte)\b"
)
# What people write where the number should be: words for digits, crosses, or where else it is.
DIGIT_WORDS = (
    r"(?:cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+|veint\w+|"
    r"treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)"
)
UNREADABLE = (
    rf"(?:{LABEL})\W{{0,6}}(?:(?:es|el|la|mi|numero|num|no|que|siguiente|de|del|social|imss|paciente|titular)"
    rf"\W{{1,3}}){{0,5}}"
    rf"(?:[\W_]{{0,3}}{DIGIT_WORDS}\b\W{{1,3}}(?:y )?{DIGIT_WORDS}\b|"
    r"[\dxo*?_ .\-]{0,20}\d[\dxo*?_ .\-]{3,20}|[x*?_]{3,}|"
    r"(?:va|viene|esta|aparece|se ve|lo pueden ver|lo tienen)?\W{0,2}(?:en (?:la|el|mi|mis) )?(?:foto|imagen|adjunt|"
    r"anex|"
    r"credencial|captura|documento|archivo|cartilla))"
)
