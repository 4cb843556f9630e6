"""Words that tell names from other words: particles, abbreviations, nicknames, places, and words that no name has."""

from __future__ import annotations

import re


def bag(text: str) -> frozenset[str]:
    """The words of a text, lower-case and without accents as they are written here."""
    return frozenset(text.split())


PARTICLES = bag(
    """
    de del la las los y e da do dos san santa van von der mc mac viuda vda
    """
)
# What stands before a name and is none of it, longest first; with and without full stops.
TITLES = (
    r"contador(?:a)? publico|c\.? ?p\.? ?c|c\.? ?p\.?(?: ?a)?|l\.? ?c\.? ?p|l\.? ?a\.? ?e|l\.? ?c|l\.? ?a|l\.? ?d|"
    r"l\.? ?e|"
    r"m\.? ?v\.? ?z|q\.? ?f\.? ?b|i\.? ?q|m\.? ?c|m\.? ?a|m\.? ?d|t\.? ?s|ph\.? ?d|cap|gral|pbro|hno|hna|sor|fray|"
    r"lic|licda|ing|dr|dra|arq|mtro|mtra|prof|profa|profr|profra|sr|sra|srita|srta|tec|psic|psicol|enf|biol|quim|abog|"
    r"cmdte|cte|sgto|tte|not|econ|antrop|agr|dip|sen|don|dona|senor|senora|senorita|joven|contador|contadora|abogad[oa]|"
    r"licenciad[oa]|ingenier[oa]|arquitect[oa]|maestr[oa]|profesor[a]?|doctor[a]?|tecnic[oa]|psicolog[oa]|"
    r"enfermer[oa]|ciudadan[oa]|mr|mrs|ms|c"
)
TITLE = rf"(?:(?:{TITLES})\b\.?,?\s+){{0,3}}"
# How people shorten names and surnames.
SHORT = bag(
    """
    ma mª ma. fco gpe jse gpe. fco. jr hdz hdez glez gzlz gzz rdz rdgz mtz mtnz pz lpz fdz fdez sanz
    """
)
# Words with which no name is written, however capital: a name ends before them.
STOP = bag(
    """
    imss seguro social seguridad instituto mexicano nss curp rfc tel cel telefono celular correo email numero num
    folio clinica hospital unidad umf hgz hgr umae medicina familiar medico medica doctor doctora enfermera general
    regional zona especialidades director directora directivo jefe jefa jefatura servicio servicios departamento
    area delegado delegada delegacion subdelegacion subdelegado coordinacion coordinador coordinadora gerente
    gerencia administrador administracion recursos humanos nominas contabilidad contador ventas compras despacho
    empresa sociedad sa cv sc spr rl grupo constructora comercializadora corporativo industrias consultores
    asociados asesores abogados notaria escuela universidad guarderia colegio taller farmacia laboratorio sindicato
    seccion secretaria secretario senadora senador diputada diputado presidente presidencia gobierno estado estados
    ciudad municipio colonia calle avenida av col fracc cp mexico cdmx potosi buenos buenas dias tardes noches dia
    buen hola estimado estimada estimados estimadas senor senora senores senoras senorita sr sra srita srta atte
    atentamente att gracias saludos saludo cordial cordiales cordialmente respetuosamente favor urgente urge
    presente asunto queja quejas petición peticion solicitud solicito pido quiero necesito por para con sin que como
    cuando donde porque pero esta este esto estoy soy me mi mis su sus nos les se si no ya el un una unos unas en al
    ante desde hasta sobre entre muy mas tan es son fue era ser hay tengo tiene he ha han yo usted ustedes ellos
    ella ellas nosotros quien cual dios enviado enviada iphone samsung galaxy yahoo mail android outlook gmail enero
    febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miercoles jueves
    viernes sabado domingo paciente asegurado asegurada derechohabiente pensionado pensionada trabajador trabajadora
    beneficiario beneficiaria patron representante legal nombre apellido paterno materno registro patronal agregado
    afiliacion pension semanas cotizadas vigencia derechos incapacidad cita citas consulta medicamento atencion
    respuesta reenviado mensaje original confidencialidad aviso fwd re rv formulario web contacto ayuda informacion
    notificaciones noreply responder escritorio virtual infonavit issste afore sat sipare idse conasami profedet
    centro nacional siglo xxi familia fam equipo facebook soporte tecnico tecnica sistemas direccion atenciona
    ciudadano ciudadana vecino vecinos dear sir madam kind regards best the my husband and sincerely hello thank
    thanks you yours mama papa esposo esposa hijo hija hermano hermana abuelo abuela nieto nieta suegra suegro nuera
    yerno bebe lic licda licenciado licenciada ing ingeniero ingeniera arq prof profa profr mtro mtra dr dra don dona c
    ciudadanos profra psic psicol enf biol mvz qfb cpc lcp lae cap gral pbro cmdte sgto tte abog quim
    asistente conmutador ext extension oficina cordialidad agradezco quedo espero firma
    """
)
# Words of STOP that are also given names or surnames: names where the lists know them and they stand among names.
BOTH = bag("abril julio agosto domingo mayo enero octavio calle")
# Who signs so has not given the name yet.
NICKNAMES = bag(
    """
    lupita lupe chayo chayito pepe pepito paco paquito pancho panchita chuy chuyita nacho toño tono beto neto memo
    lalo quique kike chema chepe chucho concha conchita lola lolita maru mari tere tete gaby gabi vero paty
    pati caro ale fer pao mony moni cuca cuquita licha mague magui nena nene nany guero guera flaco flaca gordo
    gorda chato chata negro negra yuli yiyi sofi tavo tito tita rafa richi alex dany dani luisito juanito
    panchito mimi bety betty susy lety leti chela chelo goyo gollo poncho ponchito meche mechita nati
    """
)
# Places and hospitals named after people.
PLACES = re.compile(
    r"^(?:san luis|benito juarez|lazaro cardenas|miguel hidalgo|venustiano carranza|alvaro obregon|"
    r"felipe carrillo puerto|"
    r"jose maria morelos.*|emiliano zapata|francisco villa|vicente guerrero|gomez palacio|adolfo (?:ruiz cortines|"
    r"lopez mateos)|"
    r"ruiz cortines|lopez mateos|magdalena de las salinas|salvador zubiran|bernardo sepulveda|gaudencio gonzalez.*|"
    r"antonio fraga.*|guadalupe victoria|manuel avila camacho|ignacio garcia tellez|santa barbara|san miguel.*|"
    r"santa fe|"
    r"san juan.*|san pedro.*|santa maria.*|la raza|los mochis|los cabos|la paz|el salvador|tuxtla gutierrez|"
    r"ciudad .*|villa .*|puerto .*|valle de .*|leon guanajuato|guadalajara jalisco|merida yucatan|ignacio zaragoza|"
    r"santa cruz|san antonio|san jose|san francisco|santa rosa|santa ana|dolores hidalgo|rosario castellanos)$"
)
