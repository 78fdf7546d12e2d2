
# ---- What a server keeps: directories, ports and start type that an administrator set -----------------------------------------

# The service names that an instance had in earlier releases, the latest first.
function Get-FormerName {
    param([object] $Unit)
    if (-not $Unit.Service.PSObject.Properties['renamed_from']) { return @() }
    $Suffix = $Unit.Instance.service_name.Substring($Unit.Service.name.Length)
    return @($Unit.Service.renamed_from | ForEach-Object { $_ + $Suffix })
}

# A setting as it was installed: the service's own, or that of the service which it replaces.
function Get-InstalledSetting {
    param([object] $Unit, [string] $SubKey, [string] $Name)
    foreach ($Service in @($Unit.Instance.service_name) + @(Get-FormerName $Unit)) {
        $Found = Get-KeyValue ((Get-ServiceKey $Service) + "\Parameters$SubKey") $Name
        if ($null -ne $Found) { return $Found }
    }
    return $null
}

# Directories and ports as they were installed; those of the release where the service is not there.
function Read-InstalledPlace {
    param([object] $Unit)
    $Names = @{ ConfigDirectory = 'config'; DataDirectory = 'data'; LogDirectory = 'log' }
    foreach ($Name in $Names.Keys) {
        $Place = $Unit.Instance.($Names[$Name])
        $Found = Get-InstalledSetting $Unit '' $Name
        $Place.path = if ("$Found" -match '^[A-Za-z]:\\') { "$Found".TrimEnd('\') } else { Expand-DeployPath $Place.path }
    }
    foreach ($Known in $Unit.Instance.ports) {
        $Found = Get-InstalledSetting $Unit '\Ports' $Known.name
        if ("$Found" -match '^[0-9]{1,5}$') { $Known.port = [int] $Found }
    }
}

# The start type of a service, as a release writes it.
function Get-StartWord {
    param([string] $Name)
    $Key = Get-ServiceKey $Name
    switch ([int](Get-KeyValue $Key 'Start')) {
        2 { if ([int](Get-KeyValue $Key 'DelayedAutostart') -eq 1) { return 'delayed' } else { return 'auto' } }
        3 { return 'manual' }
        4 { return 'disabled' }
        default { return '' }
    }
}

# What must survive the action for one instance: a start type other than that of the release which installed it, and whether it ran.
function New-Kept {
    param([string] $Name, [string] $Source, [string] $Declared)
    $Found = Get-StartWord $Source
    $Start = if ($Found -and $Found -ne $Declared) { $Found } else { '' }
    return [pscustomobject]@{ name = $Name; start = $Start; running = @('Running', 'StartPending') -contains (Get-ServiceStatus $Source) }
}

function Find-Kept {
    param([object[]] $Kept, [string] $Name)
    return $Kept | Where-Object { $_ -and $_.name -eq $Name } | Select-Object -First 1
}

# The start type that an instance gets: an administrator's, else the release's.
function Get-EffectiveStart {
    param([object] $Unit)
    $Kept = Find-Kept $Run.Kept $Unit.Instance.service_name
    if ($Kept -and $Kept.start) { return $Kept.start }
    return $Unit.Service.start
}

# Whether an instance is to run: it starts with Windows, or it ran before.
function Test-MeantToRun {
    param([object] $Unit)
    $Start = Get-EffectiveStart $Unit
    if (@('auto', 'delayed') -contains $Start) { return $true }
    $Kept = Find-Kept $Run.Kept $Unit.Instance.service_name
    return $Start -eq 'manual' -and $Kept -and $Kept.running
}

# Names the settings that somebody changed by hand and the new release replaces. Values are not shown: they may be secrets.
function Write-ChangedSetting {
    param([object] $Unit, [object] $Former)
    $Places = 'InstallDirectory', 'ConfigDirectory', 'DataDirectory', 'LogDirectory', 'Instance'
    foreach ($Value in @($Former.Service.parameters | Where-Object { -not $_.rendered -and $_.key -eq 'Parameters' -and $Places -notcontains $_.name })) {
        $Key = (Get-ServiceKey $Former.Instance.service_name) + '\' + $Value.key
        if (-not (Test-KeyValue $Key $Value.name)) { continue }
        $Now = @(Get-KeyValue $Key $Value.name) -join "`n"
        $New = $Unit.Service.parameters | Where-Object { $_.key -eq $Value.key -and $_.name -eq $Value.name } | Select-Object -First 1
        if ($Now -ceq (@($Value.data) -join "`n") -or ($New -and $Now -ceq (@($New.data) -join "`n"))) { continue }
        Add-Warning "service $($Former.Instance.service_name): ``$($Value.name)`` was changed on this server; the value of the release replaces it"
    }
}
