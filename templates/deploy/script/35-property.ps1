
# ---- Properties: values that the operator gives -------------------------------------------------------------------------------

# What -PropertyFile and -Property give, by name. Names are the same in any case, as Windows Installer has it; an empty value takes
# the default again. A value is never shown: it may be a secret.
function Read-GivenProperty {
    $Given = @{}
    if ($PropertyFile) {
        if (-not (Test-Path -LiteralPath $PropertyFile)) { Stop-Run "file not found: ``$PropertyFile``" 'name a JSON file with -PropertyFile' 2 }
        $Read = $null
        try { $Read = Read-JsonFile $PropertyFile } catch { $Read = $null }
        if ($Read -isnot [Management.Automation.PSCustomObject]) { Stop-Run "``$PropertyFile`` is not a JSON object" 'write it as { "NAME": "value" }' 2 }
        foreach ($One in $Read.PSObject.Properties) { $Given[$One.Name] = ConvertTo-PropertyText $One.Name $One.Value }
    }
    foreach ($One in @($Property | Where-Object { $null -ne $_ })) {
        if ($One -is [Collections.IDictionary]) {
            foreach ($Name in @($One.Keys)) { $Given["$Name"] = ConvertTo-PropertyText $Name $One[$Name] }
            continue
        }
        $At = "$One".IndexOf('=')
        if ($At -lt 1) { Stop-Run 'invalid value of -Property: it is not NAME=value' 'write it as -Property NAME=value or -Property @{ NAME = ''value'' }' 2 }
        $Given["$One".Substring(0, $At)] = "$One".Substring($At + 1)
    }
    $Run.Given = $Given
}

function ConvertTo-PropertyText {
    param([string] $Name, [object] $Value)
    if ($null -eq $Value) { return '' }
    if ($Value -is [bool]) { return "$Value".ToLowerInvariant() }
    if ($Value -is [string] -or $Value -is [int] -or $Value -is [long] -or $Value -is [double] -or $Value -is [decimal]) { return [string]$Value }
    # PowerShell 7 reads a date of a JSON file as a date and forgets how it was written.
    Stop-Run "the value of ``$Name`` is not a text" 'write it between quotation marks; a date in -Property' 2
}

# The properties that a release declares, each once.
function Get-DeclaredProperty {
    param([object] $Release)
    $Seen = @{}
    foreach ($One in @($Release.services | ForEach-Object { $_.properties } | Where-Object { $_ })) {
        if ($Seen.ContainsKey($One.name)) { continue }
        $Seen[$One.name] = $true
        $One
    }
}

# The value of a property: the one given, else the one that an installation remembers, else the default; empty when it has none.
function Get-PropertyValue {
    param([string] $Name, [object] $Unit)
    $Declared = $Unit.Service.properties | Where-Object { $_.name -eq $Name } | Select-Object -First 1
    $Default = ''
    if ($Declared -and $null -ne $Declared.default) { $Default = $Declared.default }
    if ($Run.Given.ContainsKey($Name)) {
        if ($Run.Given[$Name]) { return $Run.Given[$Name] }
        return $Default
    }
    # The instance's own, or that of one which serves while this one is new, or which had the name before.
    $Names = @($Unit.Instance.service_name) + @($Unit.Service.instances | ForEach-Object { $_.service_name })
    foreach ($Peer in @($Unit.Instance) + @($Unit.Service.instances)) { $Names += @(Get-FormerName ([pscustomobject]@{ Service = $Unit.Service; Instance = $Peer })) }
    foreach ($Before in @($Names | Where-Object { $_ })) {
        $Value = [string](Get-KeyValue ((Get-ServiceKey $Before) + '\Parameters\Properties') $Name)
        if ($Value) { return $Value }
    }
    return $Default
}

# Refuses what the Windows Installer package refuses, before anything is changed.
function Assert-Property {
    param([object[]] $Units)
    if ($Units.Count -eq 0) { return }
    $Release = $Units[0].Release
    $Packaged = ($Release.PSObject.Properties['mode']) -and $Release.mode -eq 'msi'
    $Names = @(Get-DeclaredProperty $Release | ForEach-Object { $_.name })
    foreach ($Name in @($Run.Given.Keys | Sort-Object)) {
        # powershell.exe -File gives `A=1,B=2` as one text.
        foreach ($Other in $Names) {
            if ($Run.Given[$Name] -match ",\s*$Other=") { Stop-Run "``$Name`` and ``$Other`` were given as one text" 'give several properties in a file, with -PropertyFile' 2 }
        }
        if ($Packaged -or $Names -contains $Name) { continue }
        $Hint = 'it declares none'
        if ($Names.Count -gt 0) { $Hint = 'its properties: ' + ($Names -join ', ') }
        Stop-Run "unknown property ``$Name``" $Hint 2
    }
    foreach ($Unit in $Units) {
        foreach ($Declared in @($Unit.Service.properties | Where-Object { $_ })) {
            # What a package of a program without a host remembers, only the package finds.
            if ($Packaged -and $Unit.Service.host -eq 'native' -and -not $Run.Given.ContainsKey($Declared.name)) { continue }
            Assert-PropertyValue $Declared (Get-PropertyValue $Declared.name $Unit)
        }
    }
}

function Assert-PropertyValue {
    param([object] $Declared, [AllowEmptyString()][string] $Value)
    $Name = $Declared.name
    if (-not $Value) {
        if ($Declared.presence -eq 'required') { Stop-Run "missing property ``$Name``" "give it with -Property @{ $Name = '...' } or -PropertyFile" 2 }
        return
    }
    switch ($Declared.kind) {
        'number' {
            $Number = 0
            if (-not [int]::TryParse($Value, [Globalization.NumberStyles]::AllowLeadingSign, [Globalization.CultureInfo]::InvariantCulture, [ref]$Number) -or
                $Number -lt $Declared.min -or $Number -gt $Declared.max) {
                Stop-Run "invalid value of property ``$Name``" "it must be a number from $($Declared.min) to $($Declared.max)" 2
            }
        }
        'one-of' {
            if (@($Declared.values) -cnotcontains $Value) { Stop-Run "invalid value of property ``$Name``" "it must be one of: $(@($Declared.values) -join ', ')" 2 }
        }
    }
}

# Whether an argument uses a property that has no value: it is left out then.
function Test-LeftOut {
    param([AllowEmptyString()][string] $Text, [object] $Unit)
    foreach ($Match in [regex]::Matches($Text, '\{\{\s*(?:property|arguments)\.([A-Za-z0-9_]+)\s*\}\}')) {
        if (-not (Get-PropertyValue $Match.Groups[1].Value $Unit)) { return $true }
    }
    return $false
}

# The key of a service's properties is closed to ordinary users before a secret is written into it.
function Protect-PropertyKey {
    param([object] $Unit)
    if (@($Unit.Service.properties | Where-Object { $_ -and $_.secrecy -eq 'secret' }).Count -eq 0) { return }
    $Key = (Get-ServiceKey $Unit.Instance.service_name) + '\Parameters\Properties'
    $Sddl = 'D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)'
    foreach ($Reader in @($Unit.Instance.config.access | Where-Object { $_.rights -eq 'read' } | ForEach-Object { $_.trustee })) {
        if (-not $Reader.StartsWith('S-1-')) { $Reader = Get-AccountSid $Reader }
        $Sddl += "(A;CI;KR;;;$Reader)"
    }
    if (-not (Test-Path -LiteralPath $Key)) { New-Item -Path $Key -Force | Out-Null }
    $Acl = Get-Acl -LiteralPath $Key
    if (Compare-Sddl $Acl.Sddl $Sddl) { return }
    $Acl.SetSecurityDescriptorSddlForm($Sddl, 'Access')
    Set-Acl -LiteralPath $Key -AclObject $Acl
    Add-Change "access to the properties of $($Unit.Instance.service_name)"
}
